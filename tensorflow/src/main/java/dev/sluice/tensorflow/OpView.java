package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Cause;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Nothing;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node and what flows into it, as the rules see it. What a rule can't prove it refuses with
 * {@link #mixes}. Used by one thread.
 *
 * @param place where the node stands, for names that are unique in a walk
 */
record OpView(Node node, List<Flow> inputs, String place) {

  /** Thrown by a rule that can't prove that rows stay apart. */
  static final class Mixes extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Cause cause;

    private Mixes(Cause cause) {
      super(cause.what(), null, false, false);
      this.cause = cause;
    }

    Cause cause() {
      return cause;
    }
  }

  /**
   * The refusal.
   *
   * @param how what the op does, as in {@code takes rows together}
   */
  Mixes mixes(String how) {
    return new Mixes(new Cause("%s (node %s) %s".formatted(node.op(), place, how)));
  }

  boolean hasRows() {
    return inputs.stream()
        .anyMatch(flow ->
            flow instanceof Flow.Listed || (flow instanceof Shaped shaped && shaped.isRows()));
  }

  boolean hasCounted() {
    return inputs.stream().anyMatch(flow -> flow instanceof Shaped shaped && shaped.counted());
  }

  Shaped shaped(int input) {
    return switch (inputs.get(input)) {
      case Shaped shaped -> shaped;
      case Coupled coupled -> throw new Mixes(coupled.cause());
      case Flow.Counter _ -> throw mixes("depends on which row of the run it is");
      default -> throw mixes("takes something that is no tensor");
    };
  }

  /** What the input is made of, where it does not matter how many rows there are. */
  Shaped data(int input) {
    Shaped shaped = shaped(input);
    if (shaped.counted() && hasRows()) {
      throw mixes("computes with the number of rows");
    }
    return shaped;
  }

  /** The input, which must not be made of rows nor depend on their number. */
  Shaped fixed(int input) {
    Shaped shaped = data(input);
    if (shaped.isRows() || shaped.counted()) {
      throw mixes("takes input %d from the rows".formatted(input));
    }
    return shaped;
  }

  List<Size> dimensions(int input) {
    List<Size> dimensions = shaped(input).dimensions();
    if (dimensions == null) {
      throw mixes("takes input %d of an unknown rank".formatted(input));
    }
    return dimensions;
  }

  int rank(int input) {
    return dimensions(input).size();
  }

  /** The numbers in an input; refused where they are not known. */
  List<Size> content(int input) {
    Shaped shaped = shaped(input);
    if (shaped.content() == null) {
      throw mixes(
          shaped.isRows()
              ? "takes sizes or places (input %d) from the rows".formatted(input)
              : "takes sizes or places (input %d) that are not known".formatted(input));
    }
    return shaped.content();
  }

  /** The numbers in an input, all of which must be known. */
  List<Long> numbers(int input) {
    List<Size> content = content(input);
    if (!content.stream().allMatch(Size::isNumber)) {
      throw mixes("takes sizes or places (input %d) that are not constant".formatted(input));
    }
    return content.stream().map(Size::factor).toList();
  }

  long number(int input) {
    List<Long> numbers = numbers(input);
    if (numbers.size() != 1) {
      throw mixes("takes %d numbers for one".formatted(numbers.size()));
    }
    return numbers.get(0);
  }

  /** An axis that may be counted from behind. */
  int axis(long axis, int rank) {
    long counted = axis < 0 ? axis + rank : axis;
    if (counted < 0 || counted >= Math.max(1, rank)) {
      throw mixes("has axis %d of %d".formatted(axis, rank));
    }
    return (int) counted;
  }

  /** A size of an output that nobody knows, and that does not depend on the rows. */
  Size unknown(int output, int axis) {
    return Size.named("%s:%d.%d".formatted(place, output, axis));
  }

  /** The same flow for each output. */
  List<Flow> all(Flow flow) {
    return Collections.nCopies(node.outputs(), flow);
  }

  List<Flow> all(Cause cause) {
    return all(new Coupled(cause));
  }

  /** Made of rows if the model is, along the axis of it, with other dimensions. */
  static Shaped like(Shaped model, List<Size> dimensions, int axis) {
    return new Shaped(List.copyOf(dimensions), axis, model.counted(), null);
  }

  static List<Size> with(List<Size> dimensions, int axis, Size size) {
    List<Size> changed = new ArrayList<>(dimensions);
    changed.set(axis, size);
    return changed;
  }

  static List<Size> without(List<Size> dimensions, int axis) {
    List<Size> changed = new ArrayList<>(dimensions);
    changed.remove(axis);
    return changed;
  }

  static List<Size> inserted(List<Size> dimensions, int axis, Size size) {
    List<Size> changed = new ArrayList<>(dimensions);
    changed.add(axis, size);
    return changed;
  }

  /**
   * What either of two flows may be.
   *
   * @param name of sizes that differ; the same in each round of a loop
   */
  Flow joined(Flow one, Flow other, String name) {
    if (one.equals(other) || other instanceof Nothing || one instanceof Coupled) {
      return one;
    }
    if (one instanceof Nothing || other instanceof Coupled) {
      return other;
    }
    if (one instanceof Flow.Listed a && other instanceof Flow.Listed b) {
      Size length = a.length().equals(b.length()) ? a.length() : Size.named(name + ".length");
      return new Flow.Listed(joined(a.element(), b.element(), name + ".item"), length);
    }
    if (one instanceof Shaped a && other instanceof Shaped b) {
      return joined(a, b, name);
    }
    boolean item = one instanceof Flow.Item || other instanceof Flow.Item;
    if (item && ItemRules.isOfOneRow(one) && ItemRules.isOfOneRow(other)) {
      return new Flow.Item();
    }
    throw mixes("gives things of several kinds");
  }

  private Shaped joined(Shaped one, Shaped other, String name) {
    if (one.axis() != other.axis()) {
      throw mixes("gives rows once and not another time, or along another axis");
    }
    List<Size> dimensions = joinedDimensions(one, other, name);
    List<Size> content = joinedContent(one.content(), other.content());
    boolean counted = one.counted() || other.counted();
    return new Shaped(dimensions, one.axis(), counted, content);
  }

  private @Nullable List<Size> joinedDimensions(Shaped one, Shaped other, String name) {
    List<Size> a = one.dimensions();
    List<Size> b = other.dimensions();
    if (a == null || b == null || a.size() != b.size()) {
      if (one.isRows()) {
        throw mixes("gives rows of several ranks");
      }
      return null;
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      boolean same = a.get(i).equals(b.get(i));
      if (!same && i == one.axis()) {
        throw mixes("gives several numbers of rows");
      }
      dimensions.add(same ? a.get(i) : Size.named(name + "." + i));
    }
    return dimensions;
  }

  private static @Nullable List<Size> joinedContent(
      @Nullable List<Size> one, @Nullable List<Size> other) {
    if (one == null || other == null || one.size() != other.size()) {
      return null;
    }
    List<Size> content = new ArrayList<>();
    for (int i = 0; i < one.size(); i++) {
      Size a = one.get(i);
      Size b = other.get(i);
      boolean counted = a.dependsOnRows() || b.dependsOnRows();
      content.add(a.equals(b) ? a : counted ? Size.COUNTED : Size.FIXED);
    }
    return content;
  }
}
