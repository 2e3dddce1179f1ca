package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ServableId;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.Models;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Native memory comes back. Each test looks at the slope of the process's anonymous memory over
 * many cycles, by least squares, and at the counts of open objects. The heap has a fixed size, so
 * what grows is native. A mutant proves that the ruler measures.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // the mutant last: it unsettles the allocator
class NativeMemoryTest {

  /** One load and unload of half-plus-two may cost at most this for ever. */
  private static final double KILOBYTES_PER_CYCLE = 20;

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  /** Kilobytes that a cycle leaves behind, measured over cycles {@code from} to {@code to}. */
  private static double slope(int from, int to, Runnable cycle) {
    List<double[]> points = new ArrayList<>();
    for (int i = 1; i <= to; i++) {
      cycle.run();
      if (i >= from) {
        TensorFlow.trimMemory();
        points.add(new double[] {i, TensorFlowForTests.rssAnonKilobytes()});
      }
    }
    double meanX = points.stream().mapToDouble(point -> point[0]).average().orElseThrow();
    double meanY = points.stream().mapToDouble(point -> point[1]).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (double[] point : points) {
      covariance += (point[0] - meanX) * (point[1] - meanY);
      variance += (point[0] - meanX) * (point[0] - meanX);
    }
    return covariance / variance;
  }

  private static void loadRunUnload(Path version) {
    SavedModelLoader loader = new SavedModelLoader(version, SessionOptions.SERVE);
    loader.load(new ServableId("half_plus_two", 1));
    run((Model) loader.servable());
    loader.unload();
  }

  private static void run(Model model) {
    Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
    try (Tensor x = model.tensors().allocate(DataType.FLOAT, Shape.of(1))) {
      model.run(signature, List.of(x), RunOptions.UNLIMITED).forEach(Tensor::close);
    }
  }

  @Test
  @Order(1)
  void loadAndUnloadGiveEverythingBack() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    double slope = slope(20, 200, () -> loadRunUnload(version));
    System.out.printf("RssAnon slope of load and unload: %.1f KB a cycle%n", slope);
    assertThat(slope).isLessThanOrEqualTo(KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).isEmpty();
  }

  /** The mutant: one free of each cycle is skipped, that of the graph. */
  @Test
  @Order(4)
  void rulerSeesAGraphThatIsNotFreed() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    List<MemorySegment> forgotten = new ArrayList<>();
    double slope =
        slope(
            20,
            100,
            () -> {
              loadRunUnload(version);
              forgotten.add(graphOf(version));
            });
    System.out.printf("RssAnon slope of the mutant: %.1f KB a cycle%n", slope);
    assertThat(slope).isGreaterThan(KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).containsEntry(NativeObjects.Kind.GRAPH, 100L);
    for (MemorySegment graph : forgotten) {
      CApi.deleteGraph(graph);
      NativeObjects.closed(NativeObjects.Kind.GRAPH);
    }
    assertThat(NativeObjects.open()).isEmpty();
  }

  /** Everything of a load but its graph is freed. */
  private static MemorySegment graphOf(Path version) {
    return SavedModelSession.load(version, SessionOptions.SERVE).closeAllButGraph();
  }

  @Test
  @Order(2)
  void longStringsComeBack() {
    byte[] text = new byte[64 * 1024];
    try (TensorFlowModel model = TensorFlowForTests.open(temporary, Models.IDENTITY, 1)) {
      Signature signature = model.signatures().get("string");
      double slope =
          slope(
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
      assertThat(slope).isLessThan(8);
    }
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  @Order(3)
  void failedLoadsComeBack() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    SessionOptions wrongTag = new SessionOptions(List.of("gpu"), 0, 0);
    double slope =
        slope(
            20,
            120,
            () -> {
              try {
                SavedModelSession.load(version, wrongTag);
                throw new AssertionError("loaded");
              } catch (dev.sluice.status.StatusException expected) {
                assertThat(expected).hasMessageContaining("gpu");
              }
            });
    assertThat(slope).isLessThanOrEqualTo(KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).isEmpty();
  }
}
