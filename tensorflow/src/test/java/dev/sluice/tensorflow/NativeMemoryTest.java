package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Native memory comes back. Each test looks at the slope of the process's anonymous memory over
 * many cycles, by least squares, and at the counts of open objects. The heap has a fixed size, so
 * what grows is native. {@link LeakMutantTest} proves that the ruler measures.
 */
class NativeMemoryTest {

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @Test
  void loadAndUnloadGiveEverythingBack() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    double slope = RssSlope.of(20, 200, () -> RssSlope.loadRunUnload(version));
    System.out.printf("RssAnon slope of load and unload: %.1f KB a cycle%n", slope);
    assertThat(slope).isLessThanOrEqualTo(RssSlope.KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void longStringsComeBack() {
    byte[] text = new byte[64 * 1024];
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1)) {
      Signature signature = model.signatures().get("string");
      double slope =
          RssSlope.of(
              50,
              400,
              () -> {
                for (int i = 0; i < 4; i++) {
                  try (Tensor x = new StringTensor(Shape.of(1), new byte[][] {text})) {
                    model.run(signature, List.of(x), RunOptions.UNLIMITED).forEach(Tensor::close);
                  }
                }
              });
      System.out.printf("RssAnon slope of 4 runs with 64 KB strings: %.1f KB%n", slope);
      assertThat(slope).as("one lost string would be 64 KB").isLessThan(32);
    }
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void failedLoadsComeBack() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    SessionOptions wrongTag = new SessionOptions(List.of("gpu"), 0, 0, true);
    double slope =
        RssSlope.of(
            200,
            1200,
            () -> {
              try {
                SavedModelSession.load(version, wrongTag);
                throw new AssertionError("loaded");
              } catch (dev.sluice.status.StatusException expected) {
                assertThat(expected).hasMessageContaining("gpu");
              }
            });
    System.out.printf("RssAnon slope of failed loads: %.1f KB a cycle%n", slope);
    assertThat(slope).isLessThanOrEqualTo(RssSlope.KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).isEmpty();
  }
}
