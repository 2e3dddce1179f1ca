package dev.sluice.tensorflow;

import static dev.sluice.tensorflow.OpView.like;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;

/** Ops that take parts of a tensor: slices, and elements by their places. */
final class SliceRules {

  /** No axis of the result has the rows, each for itself. */
  private static final int NOT_APART = -2;

  private SliceRules() {}

  /** From the places in input 1, as many as input 2 says. */
  static List<Flow> slice(OpView op) {
    Shaped shaped = op.shaped(0);
    List<Size> begin = op.content(1);
    List<Size> size = op.content(2);
    if (shaped.content() != null && op.rank(0) == 1) {
      return op.all(part(op, begin.get(0), size.get(0)));
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < begin.size(); i++) {
      Size whole = op.dimensions(0).get(i);
      boolean all = begin.get(i).is(0) && (size.get(i).is(-1) || size.get(i).equals(whole));
      if (!all && (i == shaped.axis() || begin.get(i).dependsOnRows())) {
        throw op.mixes("takes some of the rows");
      }
      boolean known = size.get(i).isProduct() && size.get(i).factor() >= 0;
      if (!all && size.get(i).dependsOnRows()) {
        throw op.mixes("takes as much as there are rows");
      }
      dimensions.add(all ? whole : known ? size.get(i) : op.unknown(0, i));
    }
    return op.all(like(op.data(0), dimensions, shaped.axis()));
  }

  private static Flow part(OpView op, Size begin, Size size) {
    List<Size> content = op.content(0);
    if (!begin.isNumber() || !size.isNumber()) {
      throw op.mixes("takes a part of a shape that is not known");
    }
    int from = (int) begin.factor();
    int to = size.is(-1) ? content.size() : from + (int) size.factor();
    if (from < 0 || to > content.size() || from > to) {
      throw op.mixes("takes more than there is");
    }
    return Shaped.vector(content.subList(from, to));
  }

  /** Slices as Python has them: {@link Strides} reads the masks. */
  static List<Flow> stridedSlice(OpView op) {
    Shaped shaped = op.shaped(0);
    Strides strides = Strides.of(op);
    if (shaped.content() != null && op.rank(0) == 1 && strides.axes().size() == 1) {
      return op.all(strides.ofVector(op, shaped.content()));
    }
    List<Size> dimensions = new ArrayList<>();
    int place = -1;
    int from = 0;
    for (Strides.Axis axis : strides.axes()) {
      if (axis.isNew()) {
        dimensions.add(Size.ONE);
        continue;
      }
      if (from == shaped.axis()) {
        if (!axis.isWhole(op.dimensions(0).get(from))) {
          throw op.mixes("takes some of the rows");
        }
        place = dimensions.size();
      }
      if (!axis.isDropped()) {
        dimensions.add(axis.length(op, op.dimensions(0).get(from), dimensions.size()));
      }
      from++;
    }
    return op.all(like(op.data(0), dimensions, place));
  }

  /** Elements along an axis by their places: a look-up of rows in a table, or parts of each row. */
  static List<Flow> gather(OpView op) {
    long axis = op.inputs().size() > 2 ? op.number(2) : 0;
    if (op.shaped(0).content() != null && op.shaped(1).content() != null && op.rank(0) == 1) {
      return op.all(elements(op, op.content(0), op.numbers(1)));
    }
    return op.all(
        gathered(op, op.data(0), new Places(op.axis(axis, op.rank(0)), batchDimensions(op))));
  }

  /** The same out of a variable. */
  static List<Flow> gatherOfVariable(OpView op) {
    List<Size> table =
        op.inputs().get(0) instanceof Flow.Handle handle ? handle.dimensions() : null;
    if (table == null) {
      throw op.mixes("reads from a table of an unknown rank");
    }
    int batch = batchDimensions(op);
    return op.all(gathered(op, Shaped.fixed(table), new Places(batch, batch)));
  }

  private static int batchDimensions(OpView op) {
    int batch = (int) op.node().number("batch_dims");
    return batch < 0 ? batch + op.rank(1) : batch;
  }

  private record Places(int axis, int batch) {}

  private static Flow elements(OpView op, List<Size> content, List<Long> places) {
    List<Size> taken = new ArrayList<>();
    for (long place : places) {
      if (place < 0 || place >= content.size()) {
        throw op.mixes("takes more than there is");
      }
      taken.add(content.get((int) place));
    }
    return Shaped.of(taken, op.dimensions(1));
  }

  private static Flow gathered(OpView op, Shaped table, Places places) {
    Shaped indices = op.data(1);
    List<Size> from = table.dimensions() == null ? List.of() : table.dimensions();
    List<Size> dimensions = new ArrayList<>(from.subList(0, places.axis()));
    dimensions.addAll(op.dimensions(1).subList(places.batch(), op.rank(1)));
    dimensions.addAll(from.subList(places.axis() + 1, from.size()));
    int more = op.rank(1) - places.batch() - 1;
    int axis;
    if (table.isRows() && indices.isRows()) {
      boolean ofBatch = table.axis() == indices.axis() && table.axis() < places.batch();
      axis = ofBatch ? table.axis() : NOT_APART;
    } else if (table.isRows()) {
      boolean apart = table.axis() != places.axis() && table.axis() >= places.batch();
      axis = !apart ? NOT_APART : table.axis() < places.axis() ? table.axis() : table.axis() + more;
    } else if (indices.isRows()) {
      boolean apart = indices.axis() >= places.batch();
      axis = apart ? places.axis() + indices.axis() - places.batch() : NOT_APART;
    } else {
      axis = -1;
    }
    if (axis == NOT_APART) {
      throw op.mixes("takes rows by their places");
    }
    return new Shaped(dimensions, axis, table.counted() || indices.counted(), null);
  }

  /** Elements of a table by several places each, which lie along the last axis of input 1. */
  static List<Flow> gatherByPlaces(OpView op) {
    Shaped indices = op.data(1);
    int last = op.rank(1) - 1;
    Size depth = op.dimensions(1).get(last);
    op.fixed(0);
    if (indices.axis() == last || !depth.isNumber() || depth.factor() > op.rank(0)) {
      throw op.mixes("takes elements by places that are not known");
    }
    List<Size> dimensions = new ArrayList<>(op.dimensions(1).subList(0, last));
    dimensions.addAll(op.dimensions(0).subList((int) depth.factor(), op.rank(0)));
    return op.all(like(indices, dimensions, indices.axis()));
  }
}
