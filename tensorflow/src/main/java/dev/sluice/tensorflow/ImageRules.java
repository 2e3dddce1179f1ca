package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Ops on images and series: the first axis is that of the rows, which windows never go along. */
final class ImageRules {

  private ImageRules() {}

  /** Windows over the axes between the rows' and the channels'; also with the channels in front. */
  private record Windows(OpView op, List<Long> size, List<Long> strides, List<Long> dilations) {

    Size length(int axis) {
      Size whole = op.dimensions(0).get(axis);
      long stride = strides.get(axis);
      long reach = (size.get(axis) - 1) * dilations.get(axis) + 1;
      long padded = padding(axis);
      boolean same = op.node().text("padding").equals("SAME");
      if (!whole.isNumber()) {
        return stride == 1 && (same || (reach == 1 && padded == 0)) ? whole : op.unknown(0, axis);
      }
      return Size.of(
          same
              ? Math.ceilDiv(whole.factor(), stride)
              : Math.floorDiv(whole.factor() + padded - reach, stride) + 1);
    }

    private long padding(int axis) {
      List<Long> explicit = op.node().numbers("explicit_paddings");
      return 2 * axis + 1 < explicit.size()
          ? explicit.get(2 * axis) + explicit.get(2 * axis + 1)
          : 0;
    }
  }

  private static void rowsInFront(OpView op, int input) {
    if (op.data(input).isRows() && op.data(input).axis() != 0) {
      throw op.mixes("takes the rows for something else");
    }
  }

  private static List<Long> ones(int count) {
    return new ArrayList<>(Collections.nCopies(count, 1L));
  }

  private static boolean channelsFirst(OpView op) {
    return op.node().text("data_format").startsWith("NC");
  }

  /** A convolution by filters that are not of the rows. */
  static List<Flow> convolution(OpView op) {
    op.fixed(1);
    return op.all(convolved(op, op.dimensions(1), op.dimensions(1).get(op.rank(1) - 1)));
  }

  /** One that keeps the channels apart. */
  static List<Flow> depthwise(OpView op) {
    op.fixed(1);
    List<Size> filter = op.dimensions(1);
    Size channels = filter.get(2).times(filter.get(3));
    return op.all(convolved(op, filter, channels));
  }

  private static Flow convolved(OpView op, List<Size> filter, Size channels) {
    rowsInFront(op, 0);
    int rank = op.rank(0);
    int first = channelsFirst(op) ? 2 : 1;
    List<Long> size = ones(rank);
    for (int i = 0; i < rank - 2; i++) {
      if (!filter.get(i).isNumber()) {
        return unknown(op, rank);
      }
      size.set(first + i, filter.get(i).factor());
    }
    List<Long> dilations = op.node().numbers("dilations");
    List<Long> dilation = dilations.isEmpty() ? ones(rank) : dilations;
    Windows windows = new Windows(op, size, op.node().numbers("strides"), dilation);
    List<Size> dimensions = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      boolean isChannels = axis == (channelsFirst(op) ? 1 : rank - 1);
      dimensions.add(
          axis == 0 ? op.dimensions(0).get(0) : isChannels ? channels : windows.length(axis));
    }
    return OpView.like(op.data(0), dimensions, op.data(0).axis());
  }

  private static Flow unknown(OpView op, int rank) {
    List<Size> dimensions = new ArrayList<>(List.of(op.dimensions(0).get(0)));
    for (int axis = 1; axis < rank; axis++) {
      dimensions.add(op.unknown(0, axis));
    }
    return OpView.like(op.data(0), dimensions, op.data(0).axis());
  }

  /** The largest or the mean in each window, one row a window. */
  static List<Flow> pool(OpView op) {
    rowsInFront(op, 0);
    boolean asInputs = op.inputs().size() == 3;
    List<Long> size = asInputs ? op.numbers(1) : op.node().numbers("ksize");
    List<Long> strides = asInputs ? op.numbers(2) : op.node().numbers("strides");
    int rank = op.rank(0);
    if (size.size() != rank || size.get(0) != 1 || strides.get(0) != 1) {
      throw op.mixes("takes rows together");
    }
    Windows windows = new Windows(op, size, strides, ones(rank));
    List<Size> dimensions = new ArrayList<>(List.of(op.dimensions(0).get(0)));
    for (int axis = 1; axis < rank; axis++) {
      dimensions.add(windows.length(axis));
    }
    return op.all(OpView.like(op.data(0), dimensions, op.data(0).axis()));
  }

  /** A transposed convolution: input 0 is the shape that comes out, input 2 the images. */
  static List<Flow> transposedConvolution(OpView op) {
    rowsInFront(op, 2);
    op.fixed(1);
    List<Size> wanted = op.content(0);
    Shaped images = op.data(2);
    if (images.isRows() && !wanted.get(0).equals(op.dimensions(2).get(0))) {
      throw op.mixes("makes another number of rows");
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      Size size = wanted.get(i);
      if (i > 0 && size.dependsOnRows()) {
        throw op.mixes("makes images that grow with the rows");
      }
      dimensions.add(size.isProduct() ? size : op.unknown(0, i));
    }
    return op.all(OpView.like(images, dimensions, images.axis()));
  }

  /** Pixels for channels and the reverse, in each image. */
  static List<Flow> blocks(OpView op) {
    rowsInFront(op, 0);
    return op.all(unknown(op, op.rank(0)));
  }

  /** Images of another size, which is input 1. */
  static List<Flow> resize(OpView op) {
    rowsInFront(op, 0);
    if (op.rank(0) != 4) {
      throw op.mixes("resizes what are no images");
    }
    op.fixed(1);
    List<Size> content = op.shaped(1).content();
    List<Size> from = op.dimensions(0);
    List<Size> dimensions = new ArrayList<>(List.of(from.get(0)));
    for (int i = 0; i < 2; i++) {
      boolean known = content != null && content.get(i).isProduct();
      dimensions.add(known && content != null ? content.get(i) : op.unknown(0, i + 1));
    }
    dimensions.add(from.get(3));
    return op.all(OpView.like(op.data(0), dimensions, op.data(0).axis()));
  }
}
