package dev.sluice.tensorflow;

import static dev.sluice.tensorflow.OpView.inserted;
import static dev.sluice.tensorflow.OpView.like;
import static dev.sluice.tensorflow.OpView.with;
import static dev.sluice.tensorflow.OpView.without;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Ops that bring together what lies along some axis, which must not be that of the rows. */
final class AxisRules {

  private AxisRules() {}

  /** The axis is not that of the rows. */
  private static void apart(OpView op, Shaped shaped, int axis) {
    if (shaped.axis() == axis) {
      throw op.mixes("goes along the rows");
    }
  }

  /** Sum, mean and so on over the axes in input 1, which are dropped unless {@code keep_dims}. */
  static List<Flow> reduction(OpView op) {
    Shaped shaped = op.data(0);
    List<Size> content = shaped.content();
    if (content != null && op.rank(0) == 1 && op.content(1).size() == 1) {
      boolean product = op.node().op().equals("Prod");
      Size all = content.stream().anyMatch(Size::dependsOnRows) ? Size.COUNTED : Size.FIXED;
      Size result = product ? Size.product(content) : all;
      return op.all(
          op.node().flag("keep_dims") ? Shaped.vector(List.of(result)) : Shaped.scalar(result));
    }
    Set<Integer> axes = new TreeSet<>(Collections.reverseOrder());
    op.numbers(1).forEach(axis -> axes.add(op.axis(axis, op.rank(0))));
    if (axes.isEmpty() && op.node().op().equals("ReduceJoin")) {
      throw op.mixes("joins all there is");
    }
    List<Size> dimensions = op.dimensions(0);
    int place = shaped.axis();
    for (int axis : axes) {
      if (shaped.axis() == axis) {
        throw op.mixes("takes rows together");
      }
      boolean kept = op.node().flag("keep_dims");
      dimensions = kept ? with(dimensions, axis, Size.ONE) : without(dimensions, axis);
      place -= !kept && axis < shaped.axis() ? 1 : 0;
    }
    return op.all(like(shaped, dimensions, place));
  }

  /** ArgMax and ArgMin: as a reduction over the one axis in input 1. */
  static List<Flow> argument(OpView op) {
    Shaped shaped = op.data(0);
    int axis = op.axis(op.number(1), op.rank(0));
    if (shaped.axis() == axis) {
      throw op.mixes("takes rows together");
    }
    return op.all(
        like(
            shaped,
            without(op.dimensions(0), axis),
            shaped.axis() > axis ? shaped.axis() - 1 : shaped.axis()));
  }

  /** Softmax and its like: along the last axis, the shape stays. Further inputs are parameters. */
  static List<Flow> lastAxis(OpView op) {
    apart(op, op.data(0), op.rank(0) - 1);
    return ElementRules.withParameters(op);
  }

  /** Like {@link #lastAxis}, along the axis in input 1. */
  static List<Flow> scan(OpView op) {
    apart(op, op.data(0), op.axis(op.number(1), op.rank(0)));
    return op.all(like(op.data(0), op.dimensions(0), op.data(0).axis()));
  }

  /** Each matrix of the last two axes for itself; further inputs are parameters. */
  static List<Flow> matrices(OpView op) {
    apart(op, op.data(0), op.rank(0) - 1);
    apart(op, op.data(0), op.rank(0) - 2);
    return ElementRules.withParameters(op);
  }

  /** Reverse: along each of the axes in input 1. */
  static List<Flow> axes(OpView op) {
    for (long axis : op.numbers(1)) {
      apart(op, op.data(0), op.axis(axis, op.rank(0)));
    }
    return op.all(like(op.data(0), op.dimensions(0), op.data(0).axis()));
  }

  /** Roll: by the shifts in input 1 along the axes in input 2. */
  static List<Flow> roll(OpView op) {
    op.fixed(1);
    for (long axis : op.numbers(2)) {
      apart(op, op.data(0), op.axis(axis, op.rank(0)));
    }
    return op.all(like(op.data(0), op.dimensions(0), op.data(0).axis()));
  }

  /** The best few along the last axis, how many is in input 1 or an attribute. */
  static List<Flow> topK(OpView op) {
    int last = op.rank(0) - 1;
    apart(op, op.data(0), last);
    boolean asInput = op.inputs().size() > 1;
    if (asInput) {
      op.fixed(1);
    }
    List<Size> content = asInput ? op.shaped(1).content() : List.of(Size.of(op.node().number("k")));
    Size count =
        content != null && content.get(0).isProduct() ? content.get(0) : op.unknown(0, last);
    return op.all(like(op.data(0), with(op.dimensions(0), last, count), op.data(0).axis()));
  }

  /** Concatenation of all but the last input along the axis in the last one. */
  static List<Flow> concat(OpView op) {
    return concat(op, 0, op.inputs().size() - 1);
  }

  /** TensorFlow's first concatenation, which has the axis in front. */
  static List<Flow> concatBehindAxis(OpView op) {
    return concat(op, 1, 0);
  }

  private static List<Flow> concat(OpView op, int first, int axisInput) {
    List<Integer> parts = new ArrayList<>();
    for (int i = first; parts.size() < op.inputs().size() - 1; i++) {
      parts.add(i);
    }
    if (parts.stream().allMatch(part -> op.shaped(part).content() != null && op.rank(part) == 1)) {
      List<Size> all = parts.stream().flatMap(part -> op.content(part).stream()).toList();
      return op.all(Shaped.vector(all));
    }
    int axis = op.axis(op.number(axisInput), op.rank(parts.get(0)));
    Shaped model = alike(op, parts);
    apart(op, model, axis);
    Size length =
        parts.stream().map(part -> op.dimensions(part).get(axis)).reduce(Size.of(0), Size::plus);
    List<Size> dimensions = commonDimensions(op, parts);
    Size known = length.isProduct() ? length : op.unknown(0, axis);
    return op.all(like(model, with(dimensions, axis, known), model.axis()));
  }

  /** All made of rows along the same axis, or none. */
  private static Shaped alike(OpView op, List<Integer> parts) {
    Shaped model = op.data(parts.get(0));
    for (int part : parts) {
      if (op.data(part).axis() != model.axis() || op.rank(part) != op.rank(parts.get(0))) {
        throw op.mixes("puts together what is made of rows and what is not");
      }
      if (model.isRows()
          && !op.dimensions(part)
              .get(model.axis())
              .equals(op.dimensions(parts.get(0)).get(model.axis()))) {
        throw op.mixes("puts together several numbers of rows");
      }
    }
    boolean counted = parts.stream().anyMatch(part -> op.data(part).counted());
    return new Shaped(model.dimensions(), model.axis(), counted, null);
  }

  /** Of each axis what one of the parts knows. */
  private static List<Size> commonDimensions(OpView op, List<Integer> parts) {
    List<Size> dimensions = new ArrayList<>(op.dimensions(parts.get(0)));
    for (int part : parts) {
      for (int i = 0; i < dimensions.size(); i++) {
        if (op.dimensions(part).get(i).isNumber()) {
          dimensions.set(i, op.dimensions(part).get(i));
        }
      }
    }
    return dimensions;
  }

  /** Stacks all inputs along a new axis. */
  static List<Flow> pack(OpView op) {
    List<Integer> parts = new ArrayList<>();
    for (int i = 0; i < op.inputs().size(); i++) {
      parts.add(i);
    }
    if (parts.stream().allMatch(part -> op.shaped(part).content() != null)
        && op.node().number("axis") == 0) {
      List<Size> all = parts.stream().flatMap(part -> op.content(part).stream()).toList();
      List<Size> dimensions = inserted(op.dimensions(0), 0, Size.of(parts.size()));
      return op.all(Shaped.of(all, dimensions));
    }
    Shaped model = alike(op, parts);
    int axis = op.axis(op.node().number("axis"), op.rank(0) + 1);
    List<Size> dimensions = inserted(commonDimensions(op, parts), axis, Size.of(parts.size()));
    return op.all(like(model, dimensions, shifted(model, axis)));
  }

  /** Where the rows lie once another axis has come to be. */
  static int shifted(Shaped shaped, int inserted) {
    return shaped.isRows() && shaped.axis() >= inserted ? shaped.axis() + 1 : shaped.axis();
  }

  static List<Flow> unpack(OpView op) {
    List<Size> content = op.shaped(0).content();
    if (content != null && op.rank(0) == 1) {
      return content.stream().<Flow>map(Shaped::scalar).toList();
    }
    int axis = op.axis(op.node().number("axis"), op.rank(0));
    Shaped shaped = op.data(0);
    apart(op, shaped, axis);
    int place = shaped.axis() > axis ? shaped.axis() - 1 : shaped.axis();
    return op.all(like(shaped, without(op.dimensions(0), axis), place));
  }

  /** Equal parts; the axis is input 0. */
  static List<Flow> split(OpView op) {
    int axis = op.axis(op.number(0), op.rank(1));
    apart(op, op.data(1), axis);
    Size size = op.dimensions(1).get(axis).dividedBy(Size.of(op.node().number("num_split")));
    Size part = size == null ? op.unknown(0, axis) : size;
    return op.all(like(op.data(1), with(op.dimensions(1), axis, part), op.data(1).axis()));
  }

  /** Parts of the sizes in input 1; the axis is input 2. */
  static List<Flow> splitBySizes(OpView op) {
    int axis = op.axis(op.number(2), op.rank(0));
    apart(op, op.data(0), axis);
    op.fixed(1);
    List<Size> sizes = op.shaped(1).content();
    List<Flow> parts = new ArrayList<>();
    for (int i = 0; i < op.node().outputs(); i++) {
      Size size = sizes == null || !isSize(sizes.get(i)) ? op.unknown(i, axis) : sizes.get(i);
      parts.add(like(op.data(0), with(op.dimensions(0), axis, size), op.data(0).axis()));
    }
    return parts;
  }

  /** False for the unknown and for -1, which means the rest. */
  private static boolean isSize(Size size) {
    return size.isProduct() && size.factor() >= 0;
  }

  /** Each sequence up to its own length in input 1. */
  static List<Flow> reverseSequence(OpView op) {
    Shaped shaped = op.data(0);
    int batch = (int) op.node().number("batch_dim");
    apart(op, shaped, (int) op.node().number("seq_dim"));
    if (shaped.isRows() != op.data(1).isRows() || (shaped.isRows() && shaped.axis() != batch)) {
      throw op.mixes("takes lengths that are not those of the rows");
    }
    return op.all(like(shaped, op.dimensions(0), shaped.axis()));
  }

  /** A new axis of as many elements as the depth in input 1 says. */
  static List<Flow> oneHot(OpView op) {
    Shaped shaped = op.data(0);
    for (int i = 1; i < 4; i++) {
      op.fixed(i);
    }
    long declared = op.node().number("axis");
    int axis = op.axis(declared, op.rank(0) + 1);
    List<Size> depth = op.shaped(1).content();
    Size size = depth == null || !isSize(depth.get(0)) ? op.unknown(0, axis) : depth.get(0);
    return op.all(like(shaped, inserted(op.dimensions(0), axis, size), shifted(shaped, axis)));
  }
}
