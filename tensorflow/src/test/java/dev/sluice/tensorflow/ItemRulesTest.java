package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.tensorflow.Flow.Counter;
import dev.sluice.tensorflow.Flow.Filling;
import dev.sluice.tensorflow.Flow.Item;
import dev.sluice.tensorflow.Flow.RowList;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ops inside of loops over the rows, one by one. */
class ItemRulesTest {

  private static final Size N = Size.ROWS;
  private static final Size OTHER = N.times(Size.of(2));

  private static final Item ITEM = new Item();
  private static final Counter HERE = new Counter(N, Counter.Kind.HERE);
  private static final Counter NEXT = new Counter(N, Counter.Kind.NEXT);
  private static final Counter GOES_ON = new Counter(N, Counter.Kind.GOES_ON);
  private static final Filling OPEN = new Filling(2, N, false);
  private static final Filling SET = new Filling(2, N, true);
  private static final RowList LIST = new RowList(N, true);
  private static final Shaped SHAPE = Shaped.vector(List.of(Size.of(3)));

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  private static Flow after(String op, Flow... inputs) {
    Node node = new Node("n", OpDefs.of(op), List.of(), List.of(), Map.of(), "");
    return ItemRules.outputs(new OpView(node, List.of(inputs), "n")).get(0);
  }

  private static void assertMixes(String words, String op, Flow... inputs) {
    assertThatThrownBy(() -> after(op, inputs))
        .isInstanceOf(OpView.Mixes.class)
        .hasMessageContaining(words);
  }

  private static Shaped number(Size number) {
    return Shaped.scalar(number);
  }

  @Test
  void itemIsTakenAndSetAtTheCounter() {
    assertThat(after("TensorListGetItem", LIST, HERE, SHAPE)).isEqualTo(ITEM);
    assertThat(after("TensorListSetItem", OPEN, HERE, ITEM)).isEqualTo(SET);
    assertThat(after("TensorListSetItem", OPEN, HERE, SHAPE)).isEqualTo(SET);
  }

  @Test
  void itemIsTakenNowhereElse() {
    String others = "may be another row's";
    assertMixes(others, "TensorListGetItem", LIST, NEXT, SHAPE);
    assertMixes(others, "TensorListGetItem", LIST, ITEM, SHAPE);
    assertMixes(others, "TensorListGetItem", new RowList(N, false), HERE, SHAPE);
    assertMixes(others, "TensorListGetItem", new RowList(OTHER, true), HERE, SHAPE);
    assertMixes(others, "TensorListGetItem", OPEN, HERE, SHAPE);
    assertMixes(others, "TensorListGetItem", SET, HERE, SHAPE);
  }

  @Test
  void itemIsSetNowhereElse() {
    String others = "may be another row's";
    assertMixes(others, "TensorListSetItem", OPEN, NEXT, ITEM);
    assertMixes(others, "TensorListSetItem", OPEN, number(Size.of(0)), ITEM);
    assertMixes(others, "TensorListSetItem", OPEN, ITEM, ITEM);
    assertMixes(others, "TensorListSetItem", new Filling(2, OTHER, false), HERE, ITEM);
    assertMixes(others, "TensorListSetItem", LIST, HERE, ITEM);
  }

  @Test
  void onlyAnItemIsSet() {
    String others = "may be another row's";
    assertMixes(others, "TensorListSetItem", OPEN, HERE, Shaped.rows(List.of(N), 0));
    assertMixes(others, "TensorListSetItem", OPEN, HERE, number(N));
    assertMixes(others, "TensorListSetItem", OPEN, HERE, HERE);
    assertMixes(others, "TensorListSetItem", OPEN, HERE, LIST);
  }

  @Test
  void counterCountsByOneUpToTheNumberOfItems() {
    assertThat(after("AddV2", HERE, number(Size.ONE))).isEqualTo(NEXT);
    assertThat(after("Less", HERE, number(N))).isEqualTo(GOES_ON);
    assertThat(after("LogicalAnd", GOES_ON, GOES_ON)).isEqualTo(GOES_ON);
    assertThat(after("Identity", HERE)).isEqualTo(HERE);
  }

  @Test
  void counterIsForNothingElse() {
    String place = "depends on which row of the run it is";
    assertMixes(place, "AddV2", HERE, number(Size.of(2)));
    assertMixes(place, "AddV2", NEXT, number(Size.ONE));
    assertMixes(place, "AddV2", HERE, SHAPE);
    assertMixes(place, "Less", NEXT, number(N));
    assertMixes(place, "Less", HERE, number(OTHER));
    assertMixes(place, "Less", HERE, number(Size.COUNTED));
    assertMixes(place, "Less", HERE, number(Size.of(3)));
    assertMixes(place, "LogicalAnd", GOES_ON, ITEM);
    assertMixes(place, "LogicalAnd", HERE, HERE);
    assertMixes(place, "LogicalAnd", GOES_ON, new Counter(OTHER, Counter.Kind.GOES_ON));
    assertMixes(place, "Cast", HERE);
    assertMixes(place, "Mul", ITEM, HERE);
  }

  @Test
  void functionOfOneRowGivesAnItem() {
    assertThat(after("DecodePng", ITEM)).isEqualTo(ITEM);
    assertThat(after("Mul", ITEM, Shaped.UNKNOWN)).isEqualTo(ITEM);
    assertThat(after("ResourceGather", new Flow.Handle(null), ITEM)).isEqualTo(ITEM);
    Flow.Listed list = new Flow.Listed(new Flow.Nothing(), Size.of(2));
    assertThat(after("TensorListSetItem", list, number(Size.ONE), ITEM)).isEqualTo(ITEM);
  }

  @Test
  void rowIsNotSetAgainstOthers() {
    assertMixes("against all rows", "Sub", ITEM, Shaped.rows(List.of(N), 0));
    assertMixes("number of rows", "Mul", ITEM, number(N));
    assertMixes("may be another row's", "TensorListConcatLists", ITEM, LIST);
    Flow.Listed ofRows = new Flow.Listed(Shaped.rows(List.of(N), 0), Size.ONE);
    assertMixes("against all rows", "TensorListSetItem", ofRows, number(Size.of(0)), ITEM);
  }

  @Test
  void stateOfAnyKindIsNoFunction() {
    String none = "is not known to be a function of a row";
    assertMixes(none, "RandomUniform", ITEM);
    assertMixes(none, "AssignVariableOp", new Flow.Handle(null), ITEM);
    assertMixes(none, "TensorArrayWriteV3", new Flow.Handle(null), SHAPE, ITEM, SHAPE);
  }

  @Test
  void whatARowDecidesIsItsOwnOrRefused() {
    Node node = new Node("n", OpDefs.of("If"), List.of(), List.of(), Map.of(), "");
    OpView op = new OpView(node, List.of(ITEM), "n");
    assertThat(ItemRules.decided(op, ITEM)).isEqualTo(ITEM);
    assertThat(ItemRules.decided(op, Shaped.UNKNOWN)).isEqualTo(ITEM);
    for (Flow ofOthers : List.of(Shaped.rows(List.of(N), 0), number(N), LIST, SET, HERE)) {
      assertThat(ItemRules.decided(op, ofOthers)).isInstanceOf(Flow.Coupled.class);
    }
  }
}
