package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** What a loaded model says of its runs. */
class RunTraitsTest {

  static final List<String> COUPLED = Models.COUPLED;
  static final List<String> ROW_WISE = Models.ROW_WISE;

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static Signature signature(TensorFlowModel model, String name) {
    return Objects.requireNonNull(model.signatures().get(name), name);
  }

  private RunTraits traits(String model, String signature) {
    try (TensorFlowModel loaded = TensorFlowForTests.open(temporary, model, 1)) {
      return loaded.traits(signature(loaded, signature));
    }
  }

  @ParameterizedTest
  @FieldSource("COUPLED")
  void coupledModelIsNeverRowWise(String model) {
    RunTraits traits = traits(model, "serving_default");

    assertThat(traits.rowWise()).isFalse();
    assertThat(traits.reason()).contains("(node ");
  }

  @ParameterizedTest
  @FieldSource("ROW_WISE")
  void rowWiseModelIsAndNeverWaits(String model) {
    RunTraits traits = traits(model, "serving_default");

    assertThat(traits.rowWise()).isTrue();
    assertThat(traits.neverWaits()).isTrue();
    assertThat(traits.reason())
        .matches("every op keeps the rows apart, and a probe of [23] rows agrees");
  }

  @Test
  void noTangledSignatureIsRowWise() {
    for (String model : List.of(Models.TANGLED, Models.TANGLED_GRAPH, Models.TANGLED_LOOPS)) {
      try (TensorFlowModel loaded = TensorFlowForTests.open(temporary, model, 1)) {
        assertThat(loaded.signatures().values())
            .hasSizeGreaterThan(4)
            .noneMatch(signature -> loaded.traits(signature).rowWise());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"slow, serving_default", "gate, hold", "counter, serving_default"})
  void whatWaitsIsSaid(String model, String signature) {
    RunTraits traits = traits(model, signature);

    assertThat(traits.neverWaits()).isFalse();
    assertThat(traits.reason()).endsWith("may wait");
  }

  @Test
  void variableThatAnotherSignatureWritesIsNoConstant() {
    assertThat(traits(Models.COUNTER, "get_counter").reason())
        .matches(
            "ReadVariableOp \\(node \\S+\\) reads what runs may write, as signature \\w+ does");
  }

  @Test
  void signatureThatCannotRunIsUnknown() {
    assertThat(traits(Models.RAGGED, "doubled")).isEqualTo(RunTraits.UNKNOWN);
  }

  @Test
  void unionIsRowWiseWhereEachPartIs() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.CLASSIFIER, 1)) {
      Signature both =
          model.merged(List.of(signature(model, "serving_default"), signature(model, "regress")));

      assertThat(model.traits(both))
          .isEqualTo(new RunTraits(true, true, "as each of its signatures"));
    }
  }

  @Test
  void unionWithACoupledPartIsNot() {
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.MIXED, 1)) {
      Signature both =
          model.merged(List.of(signature(model, "rows"), signature(model, "serving_default")));

      RunTraits traits = model.traits(both);
      assertThat(traits.rowWise()).isFalse();
      assertThat(traits.neverWaits()).isTrue();
      assertThat(traits.reason())
          .isEqualTo("signature serving_default: Sum (node columns) takes rows together");
    }
  }

  /** Models that others made, where there are any beside the project; printed for who reads it. */
  @Test
  void modelsOfOthersAreJudged() throws IOException {
    Path models =
        Path.of(System.getProperty("sluice.root", "..")).resolveSibling("shared").resolve("models");
    if (!Files.isDirectory(models)) {
      return;
    }
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
    try (var found = Files.find(models, 3, (path, _) -> path.endsWith("saved_model.pb"))) {
      found.sorted().forEach(path -> judge(Objects.requireNonNull(path.getParent())));
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  private static void judge(Path directory) {
    try (TensorFlowModel model = TensorFlowForTests.open(directory)) {
      for (Signature signature : model.signatures().values()) {
        RunTraits traits = model.traits(signature);
        System.out.printf("%s %s: %s%n", directory, signature.name(), traits);
        boolean counts = directory.toString().contains("counter");
        assertThat(traits.rowWise() && counts).isFalse();
        boolean must =
            directory.toString().contains("boston") && signature.name().equals("serving_default");
        assertThat(traits.rowWise() || !must).isTrue();
      }
    }
  }
}
