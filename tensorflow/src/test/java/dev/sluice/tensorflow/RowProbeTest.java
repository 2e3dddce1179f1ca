package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Signature;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The probe alone: what it sees of models of which the walk was told nothing. */
class RowProbeTest {

  static final List<String> ROW_WISE = Models.ROW_WISE;

  /** Models without state; the probe is never made on others. */
  private static final Set<String> STATELESS =
      Set.of(
          "batch_mean",
          "max_mask",
          "unique",
          "cond_any",
          "top_row",
          "padding",
          "running_sum",
          "sorted_rows",
          "batch_norm",
          "scan",
          "row_before",
          "early_stop");

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private RowProbe.Verdict probe(String model, String signature, LongSupplier nanos) {
    Path directory = Models.copyVersion(model, 1, temporary, System.nanoTime());
    try (SavedModelSession session = SavedModelSession.load(directory, SessionOptions.SERVE);
        TensorFlowModel runs = TensorFlowForTests.open(directory)) {
      Signature own = Objects.requireNonNull(runs.signatures().get(signature), signature);
      FlatGraph flat = FlatGraph.of(session.definition(), own);
      return new RowProbe(runs::run, own, nanos).probe(SampleInputs.of(own, flat));
    }
  }

  @ParameterizedTest
  @FieldSource("ROW_WISE")
  void rowWiseModelAgrees(String model) {
    RowProbe.Verdict verdict = probe(model, "serving_default", new AtomicLong()::get);

    assertThat(verdict).isEqualTo(new RowProbe.Verdict(true, "a probe of 3 rows agrees"));
  }

  @Test
  void everyCoupledModelWithoutStateIsCaught() {
    Set<String> caught = new TreeSet<>();
    for (String model : STATELESS) {
      RowProbe.Verdict verdict = probe(model, "serving_default", new AtomicLong()::get);
      if (!verdict.agrees()) {
        assertThat(verdict.words()).startsWith("a probe of 3 rows disagrees: output ");
        caught.add(model);
      }
    }
    assertThat(caught).containsExactlyInAnyOrderElementsOf(STATELESS);
  }

  @ParameterizedTest
  @ValueSource(strings = {Models.TANGLED, Models.TANGLED_LOOPS})
  void tangledSignaturesAreCaught(String model) {
    Set<String> missed = new TreeSet<>();
    Path directory = Models.copyVersion(model, 1, temporary, 1);
    try (SavedModelSession session = SavedModelSession.load(directory, SessionOptions.SERVE);
        TensorFlowModel runs = TensorFlowForTests.open(directory)) {
      Graph graph = session.definition();
      for (Signature own : runs.signatures().values()) {
        if (SignaturePorts.resolve(session.graph(), own).problem() == null) {
          List<SampleInputs> ways = SampleInputs.of(own, FlatGraph.of(graph, own));
          LongSupplier nanos = new AtomicLong()::get;
          if (new RowProbe(runs::run, own, nanos).probe(ways).agrees()) {
            missed.add(own.name());
          }
        }
      }
    }
    assertThat(missed).isEmpty();
  }

  /** What the probe is for: a rule that says too much is caught by what the model does. */
  @Test
  void wrongRuleIsCaughtByTheProbe() {
    RowRule wrong = op -> op.all(op.data(0));
    Path directory = Models.copyVersion("running_sum", 1, temporary, 1);
    try (SavedModelSession session = SavedModelSession.load(directory, SessionOptions.SERVE)) {
      Signature own = Objects.requireNonNull(session.signatures().get("serving_default"));
      FlatGraph flat = FlatGraph.of(session.definition(), own);

      assertThat(new RowWalk(RowOps.LISTED, flat).walk(own).coupling()).isNotNull();
      assertThat(new RowWalk(RowOps.LISTED.with("Cumsum", wrong), flat).walk(own).coupling())
          .isNull();
    }
    assertThat(probe("running_sum", "serving_default", new AtomicLong()::get).agrees()).isFalse();
  }

  @Test
  void slowModelIsTriedWithTwoRows() {
    AtomicLong nanos = new AtomicLong();
    RowProbe.Verdict verdict = probe("mlp", "serving_default", () -> nanos.getAndAdd(400_000_000));

    assertThat(verdict).isEqualTo(new RowProbe.Verdict(true, "a probe of 2 rows agrees"));
  }

  @Test
  void modelThatTakesSecondsIsNotTriedAndNotProven() {
    AtomicLong nanos = new AtomicLong();
    RowProbe.Verdict verdict =
        probe("mlp", "serving_default", () -> nanos.getAndAdd(6_000_000_000L));

    assertThat(verdict.agrees()).isFalse();
    assertThat(verdict.words()).isEqualTo("a run of one row takes 6000 ms, too long to try");
  }

  @Test
  void whereNoInputsCanBeMadeUpNothingSpeaksAgainstIt() {
    RowProbe.Verdict verdict = probe("wrong_signatures", "classify_floats", new AtomicLong()::get);

    assertThat(verdict.agrees()).isTrue();
    assertThat(verdict.words()).startsWith("there was no probe, as none of the inputs");
  }
}
