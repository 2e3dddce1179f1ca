package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.tensorflow.Flow.Counter;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Filling;
import dev.sluice.tensorflow.Flow.Item;
import dev.sluice.tensorflow.Flow.RowList;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What is made of the variables of a loop by what a round does to them. The loops here have a
 * counter, two lists to fill, and a list of the rows that each round gives on.
 */
class RowLoopTest {

  private static final Size N = Size.ROWS;
  private static final Flow ZERO = Shaped.scalar(Size.of(0));
  private static final Flow EMPTY = new RowList(N, false);
  private static final Flow ROWS = new RowList(N, true);
  private static final Flow HERE = new Counter(N, Counter.Kind.HERE);
  private static final Flow NEXT = new Counter(N, Counter.Kind.NEXT);
  private static final Flow GOES_ON = new Counter(N, Counter.Kind.GOES_ON);

  private final List<List<Flow>> seen = new ArrayList<>();

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  private static Flow filling(int variable, boolean isSet) {
    return new Filling(variable, N, isSet);
  }

  private static OpView op(Flow... inputs) {
    Node node = new Node("loop", OpDefs.of("While"), List.of(), List.of(), Map.of(), "");
    return new OpView(node, List.of(inputs), "loop");
  }

  /** Of four variables, the last of which it gives on. */
  private static FlatGraph body() {
    List<Port> feeds = new ArrayList<>();
    List<Port> fetches = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      feeds.add(new Port("variable" + i, 0));
      fetches.add(new Port("result" + i, 0));
    }
    Port identity = new Port("on", 0);
    Node on = new Node("on", OpDefs.of("Identity"), List.of(feeds.get(3)), List.of(), Map.of(), "");
    Node again =
        new Node("result3", OpDefs.of("Identity"), List.of(identity), List.of(), Map.of(), "");
    return new FlatGraph(null, feeds, fetches, List.of(on, again), Set.of());
  }

  private List<Flow> results(OpView op, Flow goesOn, Flow... round) {
    return RowLoop.of(op, body())
        .results(
            _ -> List.of(goesOn),
            variables -> {
              seen.add(variables);
              return List.of(round);
            });
  }

  private static OpView loop() {
    return op(ZERO, EMPTY, EMPTY, ROWS);
  }

  @Test
  void listsAreFilledAndTheCounterIsTheNumberOfItems() {
    assertThat(results(loop(), GOES_ON, NEXT, filling(1, true), filling(2, true), ROWS))
        .containsExactly(Shaped.scalar(N), ROWS, ROWS, ROWS);
    assertThat(seen).containsExactly(List.of(HERE, filling(1, false), filling(2, false), ROWS));
  }

  @Test
  void listThatARoundDoesNotSetIsNotFilled() {
    assertThat(results(loop(), GOES_ON, NEXT, filling(1, false), filling(2, true), ROWS).get(1))
        .isInstanceOf(Coupled.class);
  }

  @Test
  void listsThatChangePlacesAreNotFilled() {
    List<Flow> results = results(loop(), GOES_ON, NEXT, filling(1, true), filling(1, true), ROWS);

    assertThat(results.get(1)).isEqualTo(ROWS);
    assertThat(results.get(2))
        .isEqualTo(
            new Coupled(new Flow.Cause("While (node loop) carries something from row to row")));
  }

  @Test
  void whatIsCarriedIsCoupledInTheNextLookAtTheBody() {
    List<Flow> results = results(loop(), GOES_ON, HERE, filling(1, true), filling(2, true), ROWS);

    assertThat(results.get(0)).isInstanceOf(Coupled.class);
    assertThat(seen).hasSize(2);
    assertThat(seen.get(1).get(0)).isInstanceOf(Coupled.class);
  }

  @Test
  void firstCauseIsKept() {
    Flow mean = new Coupled(new Flow.Cause("Mean (node m) takes rows together"));

    assertThat(results(loop(), GOES_ON, NEXT, mean, filling(2, true), ROWS).get(1)).isEqualTo(mean);
  }

  @Test
  void loopOfAnotherConditionIsNone() {
    for (Flow condition : List.of(HERE, new Item(), Shaped.UNKNOWN, Shaped.scalar(N))) {
      assertThat(results(loop(), condition, NEXT, filling(1, true), filling(2, true), ROWS))
          .isNull();
    }
  }

  @Test
  void counterBeginsAtZero() {
    for (Flow start : List.of(Shaped.scalar(Size.ONE), Shaped.vector(List.of(Size.of(0))))) {
      results(op(start, EMPTY, EMPTY, ROWS), GOES_ON, NEXT, EMPTY, EMPTY, ROWS);
      assertThat(seen.getFirst().getFirst()).isInstanceOf(Coupled.class);
      seen.clear();
    }
  }

  @Test
  void whatComesFromAnotherVariableIsNotKept() {
    FlatGraph straight = body();
    List<Port> fetches = new ArrayList<>(straight.fetches());
    fetches.set(2, straight.feeds().get(3));
    FlatGraph crossed = new FlatGraph(null, straight.feeds(), fetches, straight.nodes(), Set.of());
    List<Flow> results =
        RowLoop.of(op(ZERO, EMPTY, Shaped.UNKNOWN, ROWS), crossed)
            .results(
                _ -> List.of(GOES_ON), _ -> List.of(NEXT, filling(1, true), Shaped.UNKNOWN, ROWS));

    assertThat(results.get(2)).isInstanceOf(Coupled.class);
  }

  @Test
  void listThatHasItemsAlreadyIsNotFilled() {
    results(op(ZERO, ROWS, EMPTY, ROWS), GOES_ON, NEXT, ROWS, filling(2, true), ROWS);

    assertThat(seen.getFirst().get(1)).isInstanceOf(Coupled.class);
  }

  @Test
  void loopInsideOfAnotherThatTakesItsItemIsNone() {
    assertThat(RowLoop.of(op(ZERO, EMPTY, new Item(), ROWS), body())).isNull();
    assertThat(RowLoop.of(op(ZERO, EMPTY, HERE, ROWS), body())).isNull();
  }

  @Test
  void loopWithoutListsOfRowsIsNone() {
    assertThat(RowLoop.of(op(ZERO, Shaped.UNKNOWN, ZERO, ZERO), body())).isNull();
  }
}
