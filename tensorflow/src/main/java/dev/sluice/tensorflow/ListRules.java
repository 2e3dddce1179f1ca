package dev.sluice.tensorflow;

import static dev.sluice.tensorflow.OpView.inserted;
import static dev.sluice.tensorflow.OpView.without;

import dev.sluice.tensorflow.Flow.Listed;
import dev.sluice.tensorflow.Flow.Nothing;
import dev.sluice.tensorflow.Flow.RowList;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;

/**
 * Lists of tensors, as loops use them: those of TensorFlow 2, which are values, and the arrays of
 * TensorFlow 1, whose content is known by the number that flows from one use to the next. What a
 * {@link RowLoop} does with lists of rows is in {@link ItemRules}.
 */
final class ListRules {

  private ListRules() {}

  private static Listed list(OpView op, int input) {
    if (op.inputs().get(input) instanceof Listed list) {
      return list;
    }
    if (op.inputs().get(input) instanceof RowList) {
      throw op.mixes("takes or sets one of the rows by its place");
    }
    throw op.mixes("takes something that is no list");
  }

  private static Size length(OpView op, int input) {
    List<Size> content = op.fixed(input).content();
    boolean known = content != null && content.get(0).isProduct();
    return known && content != null ? content.get(0) : op.unknown(0, 0);
  }

  static List<Flow> empty(OpView op) {
    return op.all(new Listed(new Nothing(), op.unknown(0, 0)));
  }

  /** So many items as input 1 says, none of them set. */
  static List<Flow> reserve(OpView op) {
    if (op.shaped(1).counted()) {
      Size length = op.content(1).get(0);
      if (!length.isOfRows()) {
        throw op.mixes("makes a list that grows with the rows in another way than by rows");
      }
      return op.all(new RowList(length, false));
    }
    return op.all(new Listed(new Nothing(), length(op, 1)));
  }

  /** The slices of a tensor along its first axis. */
  static List<Flow> fromTensor(OpView op) {
    Size length = op.dimensions(0).get(0);
    return op.all(
        op.data(0).axis() == 0 ? new RowList(length, true) : new Listed(slice(op, 0), length));
  }

  private static Flow slice(OpView op, int input) {
    Shaped shaped = op.data(input);
    if (shaped.axis() == 0) {
      throw op.mixes("makes a list of the rows");
    }
    int axis = shaped.isRows() ? shaped.axis() - 1 : -1;
    return OpView.like(shaped, without(op.dimensions(input), 0), axis);
  }

  static List<Flow> get(OpView op) {
    Listed list = list(op, 0);
    op.fixed(1);
    return op.all(list.element());
  }

  static List<Flow> set(OpView op) {
    Listed list = list(op, 0);
    op.fixed(1);
    boolean grows = op.node().flag("resize_if_index_out_of_bounds");
    Size length = grows ? op.unknown(0, 0) : list.length();
    return op.all(with(op, new Listed(list.element(), length), op.inputs().get(2)));
  }

  private static Flow with(OpView op, Listed list, Flow item) {
    return new Listed(op.joined(list.element(), item, op.place()), list.length());
  }

  static List<Flow> pushBack(OpView op) {
    Flow element = op.joined(list(op, 0).element(), op.inputs().get(1), op.place());
    return op.all(new Listed(element, op.unknown(0, 0)));
  }

  static List<Flow> popBack(OpView op) {
    Listed list = list(op, 0);
    return List.of(new Listed(list.element(), op.unknown(0, 0)), list.element());
  }

  static List<Flow> length(OpView op) {
    Size length = op.inputs().get(0) instanceof RowList rows ? rows.length() : list(op, 0).length();
    return op.all(Shaped.scalar(length));
  }

  /** All items, along a new first axis. */
  static List<Flow> stack(OpView op) {
    if (op.inputs().get(0) instanceof RowList list) {
      return op.all(stackedRows(op, list));
    }
    return op.all(stacked(list(op, 0), list(op, 0).length(), op));
  }

  /**
   * Input 1 has to say what shape each item is to have. Where it leaves a size open, the items of
   * one request may have another one than those of the next, and no run would take both.
   */
  private static Flow stackedRows(OpView op, RowList list) {
    if (!list.isFilled()) {
      throw op.mixes("stacks a list of rows that are not set");
    }
    List<Size> dimensions = new ArrayList<>(List.of(list.length()));
    boolean isShape = op.rank(1) == 1;
    for (long size : isShape ? op.numbers(1) : List.of(-1L)) {
      if (size < 0) {
        throw op.mixes("stacks items whose shape may differ from row to row");
      }
      dimensions.add(Size.of(size));
    }
    return Shaped.rows(dimensions, 0);
  }

  /** Those at the places in input 1. */
  static List<Flow> gather(OpView op) {
    op.fixed(1);
    return op.all(stacked(list(op, 0), op.dimensions(1).get(0), op));
  }

  private static Flow stacked(Listed list, Size count, OpView op) {
    return switch (list.element()) {
      case Nothing nothing -> nothing;
      case Shaped item when item.dimensions() != null ->
          new Shaped(
              inserted(item.dimensions(), 0, count),
              item.isRows() ? item.axis() + 1 : -1,
              item.counted(),
              null);
      default -> throw op.mixes("stacks items of unknown shapes");
    };
  }

  /** A handle, and the first number of the flow. */
  static List<Flow> array(OpView op) {
    if (op.hasCounted()) {
      throw op.mixes("makes an array of as many items as there are rows");
    }
    return List.of(new Flow.Handle(null), new Listed(new Nothing(), length(op, 0)));
  }

  static List<Flow> arrayRead(OpView op) {
    op.fixed(1);
    return op.all(list(op, 2).element());
  }

  static List<Flow> arrayWrite(OpView op) {
    op.fixed(1);
    return op.all(with(op, list(op, 3), op.inputs().get(2)));
  }

  static List<Flow> arrayScatter(OpView op) {
    op.fixed(1);
    return op.all(with(op, list(op, 3), slice(op, 2)));
  }

  static List<Flow> arrayGather(OpView op) {
    op.fixed(1);
    return op.all(stacked(list(op, 2), op.dimensions(1).get(0), op));
  }

  static List<Flow> arraySize(OpView op) {
    return op.all(Shaped.scalar(list(op, 1).length()));
  }
}
