package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code StridedSlice} takes: its five masks and three vectors, axis by axis.
 *
 * @param axes those that it names and those that it leaves as they are
 */
record Strides(List<Axis> axes) {

  /**
   * @param begin null for as far as it goes
   * @param end null for as far as it goes
   * @param step null if not known
   */
  record Axis(
      boolean isNew,
      boolean isDropped,
      @Nullable Size begin,
      @Nullable Size end,
      @Nullable Size step) {

    private static final Axis WHOLE = new Axis(false, false, null, null, Size.ONE);

    /** Whether it takes all of an axis, in order. */
    boolean isWhole(Size size) {
      boolean fromStart = begin == null || begin.is(0);
      return fromStart
          && (end == null || end.equals(size))
          && step != null
          && step.is(1)
          && !isDropped;
    }

    /** How long what it takes of an axis is. */
    Size length(OpView op, Size size, int place) {
      if (isWhole(size)) {
        return size;
      }
      Size from = begin == null ? Size.of(0) : begin;
      Size to = end == null ? size : end;
      if (from.dependsOnRows() || to.dependsOnRows() || step == null || step.dependsOnRows()) {
        throw op.mixes("takes as much as there are rows");
      }
      return size.isNumber() && from.isNumber() && to.isNumber() && step.isNumber()
          ? Size.of(indices((int) size.factor()).size())
          : op.unknown(0, place);
    }

    /** The places that it takes of so many; all that it says must be numbers. */
    List<Integer> indices(int size) {
      int by = step == null ? 1 : (int) step.factor();
      if (isDropped) {
        int only = begin == null ? 0 : (int) begin.factor();
        return List.of(only < 0 ? only + size : only);
      }
      int from = bound(begin, size, by > 0 ? 0 : size - 1, by);
      int to = bound(end, size, by > 0 ? size : -1, by);
      List<Integer> indices = new ArrayList<>();
      for (int i = from; by != 0 && (by > 0 ? i < to : i > to); i += by) {
        indices.add(i);
      }
      return indices;
    }

    private static int bound(@Nullable Size bound, int size, int open, int step) {
      if (bound == null) {
        return open;
      }
      long place = bound.factor() < 0 ? bound.factor() + size : bound.factor();
      return Math.clamp(place, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
    }
  }

  static Strides of(OpView op) {
    int count = count(op);
    int ellipsis = (int) op.node().number("ellipsis_mask");
    int added = (int) op.node().number("new_axis_mask");
    int named = count - Integer.bitCount(added & ~ellipsis) - Integer.bitCount(ellipsis);
    List<Axis> axes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if ((ellipsis >> i & 1) == 1) {
        whole(axes, op.rank(0) - named);
      } else {
        axes.add(axis(op, i));
      }
    }
    whole(axes, ellipsis == 0 ? op.rank(0) - named : 0);
    return new Strides(axes);
  }

  private static void whole(List<Axis> axes, int count) {
    for (int i = 0; i < count; i++) {
      axes.add(Axis.WHOLE);
    }
  }

  private static int count(OpView op) {
    List<Size> dimensions = op.dimensions(1);
    if (dimensions.size() != 1 || !dimensions.get(0).isNumber()) {
      throw op.mixes("takes a slice of an unknown number of axes");
    }
    return (int) dimensions.get(0).factor();
  }

  private static Axis axis(OpView op, int index) {
    boolean isNew = bit(op, "new_axis_mask", index);
    boolean isDropped = !isNew && bit(op, "shrink_axis_mask", index);
    return new Axis(
        isNew,
        isDropped,
        bit(op, "begin_mask", index) ? null : value(op, 1, index),
        bit(op, "end_mask", index) ? null : value(op, 2, index),
        value(op, 3, index));
  }

  private static boolean bit(OpView op, String mask, int index) {
    return (op.node().number(mask) >> index & 1) == 1;
  }

  private static Size value(OpView op, int input, int index) {
    Shaped shaped = op.shaped(input);
    if (shaped.isRows()) {
      throw op.mixes("takes a slice whose places come from the rows");
    }
    Size unknown = shaped.counted() ? Size.COUNTED : Size.FIXED;
    List<Size> content = shaped.content();
    return content == null ? unknown : content.get(index);
  }

  /** What is taken of a vector of sizes. */
  Flow ofVector(OpView op, List<Size> content) {
    Axis axis = axes.get(0);
    for (Size each : new Size[] {axis.begin(), axis.end(), axis.step()}) {
      if (each != null && !each.isNumber()) {
        throw op.mixes("takes a part of a shape that is not known");
      }
    }
    List<Size> taken = new ArrayList<>();
    for (int index : axis.indices(content.size())) {
      if (index < 0 || index >= content.size()) {
        throw op.mixes("takes more than there is");
      }
      taken.add(content.get(index));
    }
    return axis.isDropped() ? Shaped.scalar(taken.get(0)) : Shaped.vector(taken);
  }
}
