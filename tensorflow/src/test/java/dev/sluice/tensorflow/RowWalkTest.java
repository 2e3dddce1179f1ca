package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Signature;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The walk alone, on models of which it is known whether rows stay apart. */
class RowWalkTest {

  static final java.util.List<String> ROW_WISE = Models.ROW_WISE;

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private Findings walk(String model, String signature) {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
    Path directory = Models.copyVersion(model, 1, temporary, System.nanoTime());
    try (SavedModelSession session = SavedModelSession.load(directory, SessionOptions.SERVE)) {
      Signature asked = Objects.requireNonNull(session.signatures().get(signature), signature);
      return new RowWalk(RowOps.LISTED, FlatGraph.of(session.definition(), asked)).walk(asked);
    }
  }

  private static String words(Findings findings) {
    Flow.Cause cause = findings.state() == null ? findings.coupling() : findings.state();
    return cause == null ? "nothing" : cause.what();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "batch_mean  | Mean                | takes rows together",
        "max_mask    | Max                 | takes rows together",
        "unique      | Unique              | is not on the list of row-wise ops",
        "cond_any    | Any                 | takes rows together",
        "top_row     | TopKV2              | goes along the rows",
        "run_count   | AssignAddVariableOp | keeps a state, has an effect or is random",
        "noise       | RandomUniform       | keeps a state, has an effect or is random",
        "padding     | Pad                 | adds rows",
        "running_sum | Cumsum              | goes along the rows",
        "sorted_rows | TopKV2              | goes along the rows",
        "batch_norm  | FusedBatchNormV3    | takes the mean over the rows",
        "table_write | LookupTableInsertV2 | keeps a state, has an effect or is random",
        "scan        | (Stateless)?While   | carries something from row to row",
        "row_before  | Sub                 | depends on which row of the run it is",
        "early_stop  | TensorListGetItem   | takes or sets one of the rows by its place",
      })
  void coupledModelIsRefusedByTheOpThatMixesRows(String model, String op, String how) {
    assertThat(Models.COUPLED).contains(model);
    assertThat(words(walk(model, "serving_default")))
        .matches("%s \\(node \\S+\\) %s".formatted(op, how));
  }

  @Test
  void everyCoupledModelHasItsLineAbove() {
    assertThat(Models.COUPLED).hasSize(15);
  }

  @ParameterizedTest
  @FieldSource("ROW_WISE")
  void rowWiseModelIsAccepted(String model) {
    Findings findings = walk(model, "serving_default");

    assertThat(words(findings)).isEqualTo("nothing");
    assertThat(findings.waiting()).isNull();
    assertThat(findings.writes()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "any_rank          | input x has no first axis for rows",
        "argmax_rows       | ArgMax .* takes rows together",
        "argsort_rows      | TopKV2 .* goes along the rows",
        "concat_rows       | ConcatV2 .* goes along the rows",
        "count_above       | Sum .* takes rows together",
        "doubled_rows      | output y has not one row for each row of the inputs",
        "einsum_over_rows  | Einsum .* takes rows together",
        "fixed_size        | output y has not one row for each row of the inputs",
        "flattened         | output y has not one row for each row of the inputs",
        "gram              | MatMul .* multiplies rows with each other",
        "joined_words      | ReduceJoin .* takes rows together",
        "last_row          | StridedSlice .* takes some of the rows",
        "minus_first       | StridedSlice .* takes some of the rows",
        "mirrored_halves   | Range .* numbers the rows",
        "neighbours        | Conv2D .* takes the rows for something else",
        "next_row          | Range .* numbers the rows",
        "norm_of_all       | Sum .* takes rows together",
        "one_row           | input x has no first axis for rows",
        "own_scale         | Min .* takes rows together",
        "reshape_mixes     | Reshape .* cuts the rows in another way",
        "reversed_rows     | ReverseV2 .* goes along the rows",
        "rolled_rows       | Roll .* goes along the rows",
        "rows_above        | Where .* is not on the list of row-wise ops",
        "rows_as_value     | Mul .* computes with the number of rows",
        "scalar            | Sum .* takes rows together",
        "scalar_input      | input factor has no first axis for rows",
        "segments          | UnsortedSegmentSum .* is not on the list of row-wise ops",
        "shared_row        | input row has no first axis for rows",
        "size_as_value     | RealDiv .* computes with the number of rows",
        "slice_of_rows     | StridedSlice .* takes some of the rows",
        "softmax_over_rows | Softmax .* goes along the rows",
        "square            | Sub .* sets the rows against each other",
        "tiled_rows        | Tile .* repeats the rows",
        "transposed        | output y has not one row for each row of the inputs",
        "until_all         | Any .* takes rows together",
        "where_rows        | Where .* is not on the list of row-wise ops",
      })
  void tangledSignatureIsRefusedByTheOpThatMixesRows(String signature, String words) {
    assertThat(words(walk(Models.TANGLED, signature))).matches(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "batch_norm | Mean .* takes rows together",
        "cond       | Any .* takes rows together",
        "loop       | Any .* takes rows together",
        "noise      | RandomStandardNormal .* is random",
        "queue      | FIFOQueueV2 .* keeps a state, has an effect or is random",
      })
  void graphOfTensorFlow1IsRefusedAsWell(String signature, String words) {
    assertThat(words(walk(Models.TANGLED_GRAPH, signature))).matches(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "against_all     | Sub .* sets a row against all rows",
        "all_but_last    | (Stateless)?While .* goes on for as long as the rows say",
        "always_first    | TensorListSetItem .* takes what may be another row.s",
        "by_two          | (Stateless)?While .* goes on for as long as the rows say",
        "doubling        | (Stateless)?While .* carries something from row to row",
        "first_item      | TensorListGetItem .* takes or sets one of the rows by its place",
        "from_behind     | Sub .* computes with the number of rows",
        "from_one        | (Stateless)?While .* goes on for as long as the rows say",
        "half_of_items   | TensorListGetItem .* takes what may be another row.s",
        "last_item       | (Stateless)?While .* carries something from row to row",
        "mean_of_files   | Mean .* takes rows together",
        "next_item       | Minimum .* depends on which row of the run it is",
        "number          | Mul .* computes with the number of rows",
        "pairs_of_rows   | (Stateless)?While .*map.* goes on for as long as the rows say",
        "place           | Cast .* depends on which row of the run it is",
        "random_items    | RandomUniform .* keeps a state, has an effect or is random",
        "rounds_as_value | Mul .* computes with the number of rows",
        "second_counter  | (Stateless)?While .* carries something from row to row",
        "stop_by_item    | TensorListGetItem .* takes or sets one of the rows by its place",
        "swapped         | (Stateless)?While .* carries something from row to row",
        "through_results | Sub .* depends on which row of the run it is",
        "twice           | TensorListSetItem .* takes what may be another row.s",
        "two_at_most     | (Stateless)?While .* goes on for as long as the rows say",
      })
  void loopThatTakesMoreThanARowIsRefused(String signature, String words) {
    assertThat(words(walk(Models.TANGLED_LOOPS, signature))).matches(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"doubled", "summed", "nested", "parts", "by_hand", "found", "two"})
  void loopOverTheRowsIsAccepted(String signature) {
    Findings findings = walk("mapped", signature);

    assertThat(words(findings)).isEqualTo("nothing");
    assertThat(findings.waiting()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"chosen", "halved"})
  void rowMayDecideWhatIsDoneWithItself(String signature) {
    Findings findings = walk("mapped", signature);

    assertThat(words(findings)).isEqualTo("nothing");
    assertThat(findings.waiting()).endsWith("depends on values");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "series   | TensorListStack .* whose shape may differ from row to row",
        "positive | (Stateless)?If .* gives things of several kinds",
      })
  void whatIsNotProvenOfALoopIsRefused(String signature, String words) {
    assertThat(words(walk("mapped", signature))).matches(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {Models.TANGLED, Models.TANGLED_LOOPS})
  void everyTangledSignatureIsRefused(String model) {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
    Path directory = Models.copyTo(temporary, model).resolve("1");
    Set<String> accepted = new TreeSet<>();
    try (SavedModelSession session = SavedModelSession.load(directory, SessionOptions.SERVE)) {
      Graph graph = session.definition();
      for (Signature signature : session.signatures().values()) {
        if (SignaturePorts.resolve(session.graph(), signature).problem() == null) {
          Findings findings =
              new RowWalk(RowOps.LISTED, FlatGraph.of(graph, signature)).walk(signature);
          if (findings.coupling() == null) {
            accepted.add(signature.name());
          }
        }
      }
    }
    assertThat(accepted).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "slow, serving_default",
    "slow, stubborn",
    "gate, hold",
    "gate, release",
    "counter, serving_default",
    "run_count, serving_default",
    "table_write, serving_default",
    "tangled, until_all",
    "cond_any, serving_default",
    "tangled_graph, loop",
    "tangled_graph, queue",
  })
  void whatMayWaitOrGoOnByValuesIsSeen(String model, String signature) {
    assertThat(walk(model, signature).waiting()).matches("\\w.*(may wait|depends on values)");
  }

  @ParameterizedTest
  @CsvSource({
    "running_sum, serving_default",
    "unique, serving_default",
    "noise, serving_default",
    "classifier, serving_default",
    "regressor, serving_default",
    "table, serving_default",
    "strings, serving_default",
  })
  void whatJustComputesNeverWaits(String model, String signature) {
    assertThat(walk(model, signature).waiting()).isNull();
  }

  @Test
  void checksAndUnreadValuesMayTakeRowsTogether() {
    // The output `columns` mixes rows; the signature `rows` has the others alone.
    assertThat(words(walk(Models.MIXED, "rows"))).isEqualTo("nothing");
    assertThat(words(walk(Models.MIXED, "serving_default"))).startsWith("Sum (node columns)");
  }

  @Test
  void raggedRowsAreRefused() {
    assertThat(words(walk(Models.RAGGED, "serving_default"))).contains("numbers the rows");
  }
}
