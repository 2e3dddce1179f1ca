package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Rules one by one, where a model would be much ado. N is the number of rows, T some other size.
 */
class RowRulesTest {

  private static final Size N = Size.ROWS;
  private static final Size T = Size.named("T");

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  private static Size size(Object each) {
    return each instanceof Size size ? size : Size.of((Integer) each);
  }

  private static List<Size> sizes(Object... each) {
    return Arrays.stream(each).map(RowRulesTest::size).toList();
  }

  /** Rows along an axis; the dimensions have N there. */
  private static Shaped rows(int axis, Object... dimensions) {
    return Shaped.rows(sizes(dimensions), axis);
  }

  private static Shaped fixed(Object... dimensions) {
    return Shaped.fixed(sizes(dimensions));
  }

  private static Shaped numbers(Object... content) {
    return Shaped.vector(sizes(content));
  }

  private static Shaped number(int content) {
    return Shaped.scalar(Size.of(content));
  }

  private static AttrValue value(Object value) {
    AttrValue.Builder attribute = AttrValue.newBuilder();
    return switch (value) {
      case Boolean flag -> attribute.setB(flag).build();
      case Integer whole -> attribute.setI(whole).build();
      case String text -> attribute.setS(ByteString.copyFromUtf8(text)).build();
      default -> {
        AttrValue.ListValue.Builder list = AttrValue.ListValue.newBuilder();
        ((List<?>) value).forEach(each -> list.addI((Integer) each));
        yield attribute.setList(list).build();
      }
    };
  }

  private static Flow after(String op, Map<String, Object> attributes, Flow... inputs) {
    Map<String, Attribute> own = new HashMap<>();
    attributes.forEach((name, value) -> own.put(name, Attribute.of(value(value))));
    Node node = new Node("n", OpDefs.of(op), List.of(), List.of(), own, "");
    RowRule rule = Objects.requireNonNull(RowOps.LISTED.rule(op), op);
    return rule.outputs(new OpView(node, List.of(inputs), "n")).get(0);
  }

  private static Flow after(String op, Flow... inputs) {
    return after(op, Map.of(), inputs);
  }

  private static void assertMixes(String words, Runnable rule) {
    assertThatThrownBy(rule::run).isInstanceOf(OpView.Mixes.class).hasMessageContaining(words);
  }

  @Test
  void rowsAreBroadcastAgainstWhatHasNoRows() {
    assertThat(after("AddV2", rows(0, N, 3), fixed(3))).isEqualTo(rows(0, N, 3));
    assertThat(after("AddV2", fixed(2, 1, 3), rows(0, N, 3))).isEqualTo(rows(1, 2, N, 3));
    assertThat(after("Mul", rows(1, T, N, 3), rows(0, N, 1))).isEqualTo(rows(1, T, N, 3));
    assertThat(after("AddV2", rows(0, N, T), rows(0, N, 1))).isEqualTo(rows(0, N, T));
  }

  @Test
  void rowsAreNotSetAgainstEachOtherOrAgainstSomethingOfTheirLength() {
    assertMixes("against each other", () -> after("Sub", rows(0, N), rows(0, N, 1)));
    assertMixes("another length", () -> after("Sub", rows(0, N, 3), fixed(4, 3)));
    assertMixes("another length", () -> after("Sub", rows(0, N), fixed(4)));
    assertMixes("another length", () -> after("Sub", rows(0, N, 3), fixed(T, 1)));
    assertMixes("unknown rank", () -> after("Sub", rows(0, N, 3), Shaped.UNKNOWN));
    assertMixes("another length", () -> after("Add", rows(0, N), rows(0, N.times(T))));
  }

  @Test
  void conditionForWholeRowsHasThemInFront() {
    assertThat(after("Select", rows(0, N), rows(0, N, 3), rows(0, N, 3))).isEqualTo(rows(0, N, 3));
    assertMixes("whole rows", () -> after("Select", rows(0, N), rows(1, 3, N), rows(1, 3, N)));
    assertMixes("whole rows", () -> after("Select", fixed(3), rows(0, N, 3), rows(0, N, 3)));
  }

  @Test
  void reshapeKeepsEachRowTogether() {
    assertThat(after("Reshape", rows(0, N, 28, 28), numbers(-1, 784))).isEqualTo(rows(0, N, 784));
    assertThat(after("Reshape", rows(0, N, T, 8), numbers(-1, 8)))
        .isEqualTo(rows(0, N.times(T), 8));
    assertThat(after("Reshape", rows(0, N.times(T), 8), numbers(N, T, 8)))
        .isEqualTo(rows(0, N, T, 8));
    assertThat(after("Reshape", rows(1, T, N, 8), numbers(T, N, 2, 4)))
        .isEqualTo(rows(1, T, N, 2, 4));
    assertThat(after("Reshape", rows(0, N, 4), numbers(1, -1, 4))).isEqualTo(rows(1, 1, N, 4));
  }

  @Test
  void reshapeThatCutsRowsIsRefused() {
    assertMixes("not known", () -> after("Reshape", rows(0, N, 4), numbers(-1, 8)));
    assertMixes("not known", () -> after("Reshape", rows(0, N, T), numbers(-1, 8)));
    assertMixes("another way", () -> after("Reshape", rows(0, N, 4), numbers(2, -1)));
    assertMixes("another way", () -> after("Reshape", rows(1, T, N, 8), numbers(N, T, 8)));
    assertMixes("another way", () -> after("Reshape", rows(1, T, N, 8), numbers(-1, 8)));
    assertMixes("another way", () -> after("Reshape", rows(0, N, 4), numbers(1, 4)));
    assertMixes("not made of them", () -> after("Reshape", fixed(12), numbers(N, -1)));
  }

  @Test
  void transposeMovesTheRows() {
    assertThat(after("Transpose", rows(0, N, T, 3), numbers(1, 0, 2))).isEqualTo(rows(1, T, N, 3));
    assertMixes("not known", () -> after("Transpose", rows(0, N, 3), fixed(2)));
  }

  @Test
  void reductionOverOtherAxesMovesTheRowsUp() {
    assertThat(after("Sum", rows(1, T, N, 3), numbers(0, -1))).isEqualTo(rows(0, N));
    assertThat(after("Max", Map.of("keep_dims", true), rows(1, T, N), numbers(0)))
        .isEqualTo(rows(1, 1, N));
    assertMixes("takes rows together", () -> after("Sum", rows(0, N, 3), numbers(1, -2)));
    assertMixes("not known", () -> after("Sum", rows(0, N, 3), fixed(1)));
    assertMixes("joins all", () -> after("ReduceJoin", rows(0, N, 3), numbers()));
  }

  @Test
  void oneFactorAtMostHasRowsThatAreNoBatch() {
    assertThat(after("MatMul", rows(0, N, 3), fixed(3, 5))).isEqualTo(rows(0, N, 5));
    assertThat(after("MatMul", Map.of("transpose_a", true), rows(1, 3, N), fixed(3, 5)))
        .isEqualTo(rows(0, N, 5));
    assertThat(after("BatchMatMulV2", rows(0, N, 2, T, 4), rows(0, N, 2, 4, T)))
        .isEqualTo(rows(0, N, 2, T, T));
    assertThat(after("BatchMatMulV2", rows(0, N, T, 4), fixed(4, 7))).isEqualTo(rows(0, N, T, 7));
    assertMixes("with each other", () -> after("BatchMatMulV2", rows(0, N, 4), rows(1, 4, N)));
    assertMixes(
        "with each other", () -> after("BatchMatMulV2", rows(0, N, T, 4), rows(0, N, 2, 4, T)));
    assertMixes("takes rows together", () -> after("MatMul", fixed(5, 3), rows(0, N, 4)));
    assertMixes("another length", () -> after("BatchMatMulV2", rows(0, N, T, 4), fixed(3, 4, 7)));
  }

  @Test
  void einsteinSumsKeepTheRowsLetter() {
    assertThat(
            after("Einsum", Map.of("equation", "abc,cde->abde"), rows(0, N, T, 8), fixed(8, 2, 4)))
        .isEqualTo(rows(0, N, T, 2, 4));
    assertThat(after("Einsum", Map.of("equation", "...x,xy->...y"), rows(0, N, T, 8), fixed(8, 2)))
        .isEqualTo(rows(0, N, T, 2));
    assertMixes(
        "with each other",
        () -> after("Einsum", Map.of("equation", "ij,kj->ik"), rows(0, N, 3), rows(0, N, 3)));
    assertMixes(
        "takes rows together", () -> after("Einsum", Map.of("equation", "ij->j"), rows(0, N, 3)));
    assertMixes("diagonal", () -> after("Einsum", Map.of("equation", "ii->i"), rows(0, N, N)));
  }

  @Test
  void lookUpsAreOfRowsInTablesOrOfPartsOfRows() {
    assertThat(after("GatherV2", fixed(20, 4), rows(0, N, 5), number(0)))
        .isEqualTo(rows(0, N, 5, 4));
    assertThat(after("GatherV2", rows(0, N, 9), fixed(2, 3), number(1)))
        .isEqualTo(rows(0, N, 2, 3));
    assertThat(after("GatherV2", rows(1, 5, N), fixed(2, 3), number(0)))
        .isEqualTo(rows(2, 2, 3, N));
    assertThat(
            after("GatherV2", Map.of("batch_dims", 1), rows(0, N, T, 4), rows(0, N, 3), number(1)))
        .isEqualTo(rows(0, N, 3, 4));
    assertMixes("by their places", () -> after("GatherV2", rows(0, N, 4), fixed(2), number(0)));
    assertMixes("by their places", () -> after("GatherV2", rows(0, N, 4), rows(0, N), number(0)));
  }

  @Test
  void slicesLeaveTheRowsWhole() {
    Map<String, Object> open = Map.of("begin_mask", 3, "end_mask", 3);
    assertThat(
            after(
                "StridedSlice", open, rows(0, N, 9), numbers(0, 0), numbers(0, 0), numbers(1, -2)))
        .isEqualTo(rows(0, N, 5));
    Map<String, Object> added = Map.of("new_axis_mask", 1);
    assertThat(after("StridedSlice", added, rows(0, N, 9), numbers(0), numbers(0), numbers(1)))
        .isEqualTo(rows(1, 1, N, 9));
    Map<String, Object> last = Map.of("ellipsis_mask", 1, "shrink_axis_mask", 2);
    assertThat(
            after(
                "StridedSlice",
                last,
                rows(0, N, T, 9),
                numbers(0, 4),
                numbers(0, 5),
                numbers(1, 1)))
        .isEqualTo(rows(0, N, T));
    assertMixes(
        "some of the rows",
        () -> after("StridedSlice", open, rows(0, N), numbers(0), numbers(0), numbers(-1)));
    assertMixes(
        "some of the rows",
        () -> after("StridedSlice", rows(0, N), numbers(0), numbers(2), numbers(1)));
    assertThat(after("Slice", rows(0, N, 9), numbers(0, 2), numbers(-1, 3)))
        .isEqualTo(rows(0, N, 3));
    assertMixes(
        "some of the rows", () -> after("Slice", rows(0, N, 9), numbers(0, 2), numbers(2, 3)));
  }

  @Test
  void shapesAreNumbersOfWhichTheRowsAreOne() {
    assertThat(after("Shape", rows(0, N, T, 3))).isEqualTo(numbers(N, T, 3));
    assertThat(after("Fill", numbers(N, 2), fixed())).isEqualTo(rows(0, N, 2));
    assertThat(after("Tile", fixed(1, 4), numbers(N, 1))).isEqualTo(rows(0, N, 4));
    assertThat(after("BroadcastTo", fixed(4), numbers(N, 4))).isEqualTo(rows(0, N, 4));
    assertThat(after("BroadcastTo", rows(0, N, 1), numbers(N, 4))).isEqualTo(rows(0, N, 4));
    assertMixes("another way than", () -> after("BroadcastTo", rows(0, N), numbers(N, N)));
    assertMixes("repeats", () -> after("BroadcastTo", rows(0, N), numbers(N, 2)));
    assertMixes("another way than by rows", () -> after("Fill", numbers(N, N), fixed()));
    assertMixes("repeats the rows", () -> after("Tile", rows(0, N, 1), numbers(1, N)));
    assertMixes("numbers the rows", () -> after("Range", number(0), Shaped.scalar(N), number(1)));
  }

  @Test
  void rowsStayApartWhereTensorsAreJoinedOrParted() {
    assertThat(after("ConcatV2", rows(0, N, 2), rows(0, N, T), number(1)))
        .isEqualTo(rows(0, N, Size.named("n:0.1")));
    assertThat(after("Pack", Map.of("axis", 0), rows(0, N), rows(0, N))).isEqualTo(rows(1, 2, N));
    assertThat(after("ExpandDims", rows(0, N, 2), number(0))).isEqualTo(rows(1, 1, N, 2));
    assertThat(after("Squeeze", Map.of("squeeze_dims", List.of(1)), rows(0, N, 1, 2)))
        .isEqualTo(rows(0, N, 2));
    assertMixes("one row", () -> after("Squeeze", rows(0, N, 1)));
    assertMixes("what is not", () -> after("Pack", Map.of("axis", 1), rows(0, N), fixed(3)));
    assertMixes(
        "goes along", () -> after("Split", Map.of("num_split", 2), number(0), rows(0, N, 4)));
    assertMixes("adds rows", () -> after("Pad", rows(0, N), numbers(0, 1)));
  }

  @Test
  void listsHaveNoRowsForItems() {
    Flow list = after("TensorListFromTensor", rows(1, T, N, 3), fixed(2));
    assertThat(list).isEqualTo(new Flow.Listed(rows(0, N, 3), T));
    assertThat(after("TensorListStack", list, fixed(2))).isEqualTo(rows(1, T, N, 3));
    assertThat(after("TensorListGetItem", list, fixed(), fixed(2))).isEqualTo(rows(0, N, 3));
  }

  @Test
  void listOfRowsHasAnItemForEach() {
    Flow list = after("TensorListFromTensor", rows(0, N.times(T), 3), fixed(1));
    assertThat(list).isEqualTo(new Flow.RowList(N.times(T), true));
    assertThat(after("TensorListLength", list)).isEqualTo(Shaped.scalar(N.times(T)));
    assertThat(after("TensorListStack", list, numbers(3))).isEqualTo(rows(0, N.times(T), 3));
    assertThat(after("TensorListReserve", fixed(1), Shaped.scalar(N)))
        .isEqualTo(new Flow.RowList(N, false));
  }

  @Test
  void listOfRowsIsOneTensorOnlyIfEachItemHasOneShape() {
    Flow list = new Flow.RowList(N, true);
    assertMixes("differ from row to row", () -> after("TensorListStack", list, numbers(3, -1)));
    assertMixes("differ from row to row", () -> after("TensorListStack", list, number(-1)));
    assertMixes("not constant", () -> after("TensorListStack", list, numbers(T)));
    Flow unset = new Flow.RowList(N, false);
    assertMixes("not set", () -> after("TensorListStack", unset, numbers(3)));
  }

  @Test
  void rowIsNotTakenOrSetByItsPlace() {
    Flow list = new Flow.RowList(N, true);
    assertMixes("by its place", () -> after("TensorListGetItem", list, number(0), numbers(3)));
    assertMixes("by its place", () -> after("TensorListSetItem", list, number(0), fixed(3)));
    assertMixes("by its place", () -> after("TensorListPopBack", list, numbers(3)));
  }

  @Test
  void listThatGrowsFasterThanTheRowsIsRefused() {
    assertMixes(
        "another way", () -> after("TensorListReserve", fixed(1), Shaped.scalar(N.times(N))));
    assertMixes(
        "another way", () -> after("TensorListReserve", fixed(1), Shaped.scalar(Size.COUNTED)));
  }

  @Test
  void windowsGoOverImagesNotOverRows() {
    Map<String, Object> same = Map.of("padding", "SAME", "strides", List.of(1, 2, 2, 1));
    assertThat(after("Conv2D", same, rows(0, N, 9, 8, 3), fixed(3, 3, 3, 7)))
        .isEqualTo(rows(0, N, 5, 4, 7));
    Map<String, Object> valid =
        Map.of("padding", "VALID", "strides", List.of(1, 1, 1, 1), "ksize", List.of(1, 3, 3, 1));
    assertThat(after("MaxPool", valid, rows(0, N, 9, 8, 3))).isEqualTo(rows(0, N, 7, 6, 3));
    Map<String, Object> overRows =
        Map.of("padding", "VALID", "strides", List.of(1, 1, 1, 1), "ksize", List.of(2, 1, 1, 1));
    assertMixes("takes rows together", () -> after("AvgPool", overRows, rows(0, N, 9, 8, 3)));
    assertMixes(
        "input 1 from the rows",
        () -> after("Conv2D", same, rows(0, N, 9, 8, 3), rows(3, 3, 3, 3, N)));
  }
}
