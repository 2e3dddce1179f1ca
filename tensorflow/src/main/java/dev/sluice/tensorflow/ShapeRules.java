package dev.sluice.tensorflow;

import static dev.sluice.tensorflow.OpView.inserted;
import static dev.sluice.tensorflow.OpView.like;
import static dev.sluice.tensorflow.OpView.with;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Ops on shapes: that ask for one, give another one to the same elements, or fill one. */
final class ShapeRules {

  /** More numbers than there are axes are no axes. */
  private static final int MOST = 64;

  private ShapeRules() {}

  static List<Flow> shape(OpView op) {
    List<Flow> shapes = new ArrayList<>();
    for (int i = 0; i < op.inputs().size(); i++) {
      shapes.add(Shaped.vector(op.dimensions(i)));
    }
    return shapes;
  }

  static List<Flow> size(OpView op) {
    return op.all(Shaped.scalar(Size.product(op.dimensions(0))));
  }

  static List<Flow> rank(OpView op) {
    return op.all(Shaped.scalar(Size.of(op.rank(0))));
  }

  /** Fails in a run whose tensor has another shape than the attribute says. */
  static List<Flow> ensureShape(OpView op) {
    return op.all(op.shaped(0));
  }

  /** A tensor full of one value: if a dimension is of rows, all rows are alike. */
  static List<Flow> fill(OpView op) {
    op.fixed(1);
    return op.all(full(op, op.content(0)));
  }

  private static Shaped full(OpView op, List<Size> dimensions) {
    int axis = rowAxis(op, dimensions);
    List<Size> known = sizes(op, dimensions);
    return axis < 0 ? Shaped.fixed(known) : Shaped.rows(known, axis);
  }

  /** The only one of the sizes that is the number of rows or so many times that; -1 for none. */
  private static int rowAxis(OpView op, List<Size> sizes) {
    int axis = -1;
    for (int i = 0; i < sizes.size(); i++) {
      if (sizes.get(i).dependsOnRows()) {
        if (axis >= 0 || !sizes.get(i).isOfRows()) {
          throw op.mixes("makes a tensor that grows with the rows in another way than by rows");
        }
        axis = i;
      }
    }
    return axis;
  }

  private static List<Size> sizes(OpView op, List<Size> content) {
    return IntStream.range(0, content.size())
        .mapToObj(i -> content.get(i).isProduct() ? content.get(i) : op.unknown(0, i))
        .toList();
  }

  /** Repeats a tensor so as to get a shape. */
  static List<Flow> broadcastTo(OpView op) {
    Shaped shaped = op.shaped(0);
    List<Size> wanted = sizes(op, op.content(1));
    int axis = rowAxis(op, wanted);
    int more = wanted.size() - op.rank(0);
    if (shaped.counted() || more < 0) {
      throw op.mixes("repeats what is not known");
    }
    boolean apart =
        shaped.isRows()
            ? axis == shaped.axis() + more
                && wanted.get(axis).equals(op.dimensions(0).get(shaped.axis()))
            : axis < more || op.dimensions(0).get(axis - more).is(1);
    if (!apart) {
      throw op.mixes("repeats rows, or sets them against something else");
    }
    return op.all(like(shaped, wanted, axis));
  }

  /** Repeats a tensor along each axis as often as input 1 says. */
  static List<Flow> tile(OpView op) {
    Shaped shaped = op.data(0);
    List<Size> times = op.content(1);
    int axis = rowAxis(op, times);
    if (shaped.isRows() ? !times.get(shaped.axis()).is(1) || axis >= 0 : shaped.counted()) {
      throw op.mixes("repeats the rows");
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      Size size = op.dimensions(0).get(i).times(times.get(i));
      dimensions.add(size.isProduct() ? size : op.unknown(0, i));
    }
    return op.all(like(shaped, dimensions, shaped.isRows() ? shaped.axis() : axis));
  }

  static List<Flow> transpose(OpView op) {
    List<Long> order = op.numbers(1);
    Shaped shaped = op.data(0);
    List<Size> dimensions =
        order.stream().map(axis -> op.dimensions(0).get(axis.intValue())).toList();
    return op.all(like(shaped, dimensions, order.indexOf((long) shaped.axis())));
  }

  static List<Flow> expandDims(OpView op) {
    Shaped shaped = op.shaped(0);
    int axis = op.axis(op.number(1), op.rank(0) + 1);
    List<Size> dimensions = inserted(op.dimensions(0), axis, Size.ONE);
    return op.all(
        new Shaped(
            dimensions, AxisRules.shifted(shaped, axis), shaped.counted(), shaped.content()));
  }

  static List<Flow> squeeze(OpView op) {
    Shaped shaped = op.shaped(0);
    Set<Integer> axes = new TreeSet<>();
    op.node().numbers("squeeze_dims").forEach(axis -> axes.add(op.axis(axis, op.rank(0))));
    if (axes.isEmpty() || axes.contains(shaped.axis())) {
      throw op.mixes("drops the axis of the rows where there is one row");
    }
    List<Size> left = new ArrayList<>();
    for (int i = 0; i < op.rank(0); i++) {
      if (!axes.contains(i)) {
        left.add(op.dimensions(0).get(i));
      }
    }
    int dropped = (int) axes.stream().filter(axis -> axis < shaped.axis()).count();
    int axis = shaped.isRows() ? shaped.axis() - dropped : -1;
    return op.all(new Shaped(left, axis, shaped.counted(), shaped.content()));
  }

  /**
   * Another shape for the same elements in the same order. What stands before the rows' axis has to
   * have as many elements as before, and what the axis becomes is the number of rows, or so many
   * times that: then each row's share stays together.
   */
  static List<Flow> reshape(OpView op) {
    Shaped shaped = op.shaped(0);
    List<Size> wanted = target(op, op.content(1));
    if (!shaped.isRows()) {
      if (wanted.stream().anyMatch(Size::dependsOnRows)) {
        throw op.mixes("cuts into rows what is not made of them");
      }
      List<Size> sizes = sizes(op, wanted);
      return op.all(new Shaped(sizes, -1, shaped.counted(), shaped.content()));
    }
    int axis = rowAxis(op, wanted);
    List<Size> before = op.dimensions(0).subList(0, shaped.axis());
    if (axis < 0 || !Size.product(before).equals(Size.product(wanted.subList(0, axis)))) {
      throw op.mixes("cuts the rows in another way");
    }
    return op.all(like(shaped, sizes(op, wanted), axis));
  }

  /** The sizes that are wanted, with the one that is -1 computed from the others if possible. */
  private static List<Size> target(OpView op, List<Size> wanted) {
    int open = wanted.indexOf(Size.of(-1));
    if (open < 0) {
      return wanted;
    }
    List<Size> dimensions = op.shaped(0).dimensions();
    Size others = Size.product(OpView.without(wanted, open));
    Size rest = dimensions == null ? null : Size.product(dimensions).dividedBy(others);
    boolean fixed = !op.shaped(0).isRows() || others.isOfRows();
    if (rest == null && !fixed) {
      throw op.mixes("cuts the rows in a way that is not known");
    }
    return with(wanted, open, rest == null ? Size.FIXED : rest);
  }

  /** Zeros around, as many as the pairs in input 1 say. */
  static List<Flow> pad(OpView op) {
    Shaped shaped = op.data(0);
    for (int i = 2; i < op.inputs().size(); i++) {
      op.fixed(i);
    }
    List<Size> pairs = op.content(1);
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < op.rank(0); i++) {
      Size added = pairs.get(2 * i).plus(pairs.get(2 * i + 1));
      if (i == shaped.axis() && !added.is(0)) {
        throw op.mixes("adds rows");
      }
      Size size = op.dimensions(0).get(i).plus(added);
      if (added.dependsOnRows()) {
        throw op.mixes("adds as much as there are rows");
      }
      dimensions.add(size.isProduct() ? size : op.unknown(0, i));
    }
    return op.all(like(shaped, dimensions, shaped.axis()));
  }

  /** Numbers from, to and by what step; not so many as there are rows, which would number them. */
  static List<Flow> range(OpView op) {
    if (op.hasCounted()) {
      throw op.mixes("numbers the rows");
    }
    for (int i = 0; i < 3; i++) {
      op.fixed(i);
    }
    Size start = only(op, 0);
    Size end = only(op, 1);
    if (!only(op, 2).is(1) || !start.isProduct() || !end.isProduct()) {
      return op.all(Shaped.fixed(List.of(op.unknown(0, 0))));
    }
    if (start.isNumber() && end.isNumber() && end.factor() - start.factor() <= MOST) {
      List<Size> numbers =
          LongStream.range(start.factor(), end.factor()).mapToObj(Size::of).toList();
      return op.all(Shaped.vector(numbers));
    }
    return op.all(Shaped.fixed(List.of(start.is(0) ? end : op.unknown(0, 0))));
  }

  private static Size only(OpView op, int input) {
    List<Size> content = op.shaped(input).content();
    return content == null ? Size.FIXED : content.get(0);
  }

  /** Numbers in equal steps, as many as input 2 says. */
  static List<Flow> constants(OpView op) {
    for (int i = 0; i < op.inputs().size(); i++) {
      op.fixed(i);
    }
    return op.all(Shaped.UNKNOWN);
  }
}
