package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries with operations: what can be seen of them without a compiler. */
class OperationsTest {

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void missingLibraryIsNamed() {
    Path missing = folder.resolve("ops.so");
    assertThatThrownBy(() -> TensorFlow.loadOperations(missing))
        .hasMessage("no library with operations at " + missing)
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND));
  }

  @Test
  void whatIsNoLibraryIsNamedWithTheReasonAndTheVersion() throws Exception {
    Path text = Files.writeString(folder.resolve("ops.so"), "int main() { return 0; }");
    assertThatThrownBy(() -> TensorFlow.loadOperations(text))
        .hasMessageStartingWith(
            "cannot load the operations in %s, which have to be built for TensorFlow %s: "
                .formatted(text, TensorFlowForTests.VERSION))
        .hasMessageContaining(text.toString())
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.FAILED_PRECONDITION));
  }

  @Test
  void eachLibraryOfAFolderIsTaken() throws Exception {
    assertThatThrownBy(() -> TensorFlow.loadOperations(folder))
        .hasMessage("no library with operations at " + folder);
    Files.createSymbolicLink(folder.resolve("a.so"), TensorFlow.libraries()[0]);
    Path bad = Files.writeString(folder.resolve("b.so"), "none");
    Files.writeString(folder.resolve("README"), "none either");
    assertThatThrownBy(() -> TensorFlow.loadOperations(folder))
        .hasMessageContaining(bad.toString());
  }

  /** One of TensorFlow's own, which has all its operations already. */
  @Test
  void libraryOfThisTensorFlowIsTaken() {
    Path own = TensorFlow.libraries()[0];
    assertThatCode(() -> TensorFlow.loadOperations(own)).doesNotThrowAnyException();
  }
}
