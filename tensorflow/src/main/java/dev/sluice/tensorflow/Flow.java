package dev.sluice.tensorflow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the walk knows of one tensor of a graph: how it hangs on the rows of a run. Immutable.
 *
 * <p>The question behind each kind is what becomes of the tensor when other rows are put before,
 * between or behind the rows of a request.
 */
sealed interface Flow {

  /** Nothing has come here yet: an item of a list that nobody set, the first round of a loop. */
  record Nothing() implements Flow {}

  /** The rows may be mixed. */
  record Coupled(Cause cause) implements Flow {}

  /**
   * What first mixed the rows.
   *
   * @param what as a sentence without an end: {@code Mean (node a/b) takes rows together}
   */
  record Cause(String what) {}

  /** A variable or a table. Nobody writes to it, or this would be coupled. */
  record Handle(@Nullable List<Size> dimensions) implements Flow {}

  /**
   * Several tensors alike, in a list that does not get longer with more rows.
   *
   * @param element what any of them is
   */
  record Listed(Flow element, Size length) implements Flow {}

  /**
   * A list that has an item for each row, or a fixed number of them, in the order of the rows; each
   * depends on the row that it belongs to alone.
   *
   * @param length how many items, a multiple of the rows
   * @param isFilled false if no item is set
   */
  record RowList(Size length, boolean isFilled) implements Flow {}

  /**
   * In a {@link RowLoop}, a value that depends on the row that the round is for, and neither on
   * other rows nor on the place of this one. Its shape may differ from row to row. It can be a list
   * as well as a tensor.
   */
  record Item() implements Flow {}

  /**
   * In a {@link RowLoop}, what says which round it is.
   *
   * @param length how many rounds there are
   */
  record Counter(Size length, Kind kind) implements Flow {

    enum Kind {
      /** The number of the round, from 0. */
      HERE,
      /** The number of the next round. */
      NEXT,
      /** Whether the number of the round is less than the length. */
      GOES_ON
    }
  }

  /**
   * In a {@link RowLoop}, a list of which the earlier rounds have set the items before the counter.
   *
   * @param variable of the loop, by which the list came in
   * @param isSet whether this round has set its item
   */
  record Filling(int variable, Size length, boolean isSet) implements Flow {}

  /**
   * A tensor, of one of three kinds.
   *
   * <ul>
   *   <li>With an axis, it is made of rows. Along this axis come first what belongs to the first
   *       row, then what belongs to the second, an equal share for each; and a row's share depends
   *       on this row of the inputs alone. No other dimension depends on the number of rows.
   *   <li>Without an axis it depends on no row.
   *   <li>If it is counted, it depends on how many rows there are, but not on what is in them.
   * </ul>
   *
   * @param dimensions null if not even their number is known; never so with an axis
   * @param axis along which the rows lie; -1 for none
   * @param content of tensors of whole numbers with few elements, row-major; null if not known
   */
  record Shaped(
      @Nullable List<Size> dimensions, int axis, boolean counted, @Nullable List<Size> content)
      implements Flow {

    static final Shaped UNKNOWN = new Shaped(null, -1, false, null);

    static Shaped fixed(@Nullable List<Size> dimensions) {
      return new Shaped(dimensions, -1, false, null);
    }

    static Shaped rows(List<Size> dimensions, int axis) {
      return new Shaped(List.copyOf(dimensions), axis, false, null);
    }

    /** Numbers that are known, as a scalar or a vector or of more dimensions. */
    static Shaped of(List<Size> content, List<Size> dimensions) {
      boolean counted = content.stream().anyMatch(Size::dependsOnRows);
      return new Shaped(List.copyOf(dimensions), -1, counted, List.copyOf(content));
    }

    static Shaped scalar(Size content) {
      return of(List.of(content), List.of());
    }

    static Shaped vector(List<Size> content) {
      return of(content, List.of(Size.of(content.size())));
    }

    boolean isRows() {
      return axis >= 0;
    }
  }
}
