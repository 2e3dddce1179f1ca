package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Damage;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A version whose files are damaged fails to load, with a code and words, and frees everything. */
class DamagedModelsTest {

  @TempDir Path temporary;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GRAPH_TRUNCATED     | OUT_OF_RANGE | Read less bytes than requested",
        "GRAPH_GARBAGE       | OUT_OF_RANGE | Read less bytes than requested",
        "GRAPH_EMPTY         | NOT_FOUND    | Could not find meta graph def matching supplied tags",
        "GRAPH_MISSING       | NOT_FOUND    | should have a file called `saved_model.pb`",
        "VARIABLES_TRUNCATED | OUT_OF_RANGE | Read less bytes than requested",
        "VARIABLES_CHANGED   | DATA_LOSS    | Checksum does not match",
        "VARIABLES_MISSING   | NOT_FOUND    | variables.data-00000-of-00001; No such file",
      })
  void loadFailsWithItsOwnCodeAndWords(Damage damage, StatusCode code, String words) {
    Path version = damage.copy(Models.HALF_PLUS_TWO, 1, temporary, 7);
    assertThatThrownBy(() -> TensorFlowForTests.open(version))
        .isInstanceOfSatisfying(
            StatusException.class, failure -> assertThat(failure.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  /** TensorFlow restores nothing where there is no index, so it is the run that fails. */
  @Test
  void missingIndexOfTheVariablesIsFoundByTheFirstRun() {
    Path version = Damage.VARIABLES_INDEX_MISSING.copy(Models.HALF_PLUS_TWO, 1, temporary, 7);
    try (TensorFlowModel model = TensorFlowForTests.open(version);
        Fixture good = new Fixture(temporary.resolve("good"), Models.HALF_PLUS_TWO);
        Tensor x = good.floats(Shape.of(1), 2)) {
      Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
      assertThatThrownBy(() -> model.run(signature, List.of(x), RunOptions.UNLIMITED))
          .isInstanceOfSatisfying(
              StatusException.class,
              failure -> assertThat(failure.code()).isEqualTo(StatusCode.FAILED_PRECONDITION));
    }
  }
}
