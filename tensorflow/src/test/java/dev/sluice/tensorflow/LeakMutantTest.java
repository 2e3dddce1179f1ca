package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A load cycle with one free skipped, that of the graph: the ruler and the counts must see it. In a
 * class, and so in a JVM, of its own: in the holes that other tests leave, leaked graphs would
 * hide.
 */
class LeakMutantTest {

  private static final int CYCLES = 200;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @Test
  void graphThatIsNotFreedIsSeen(@TempDir Path temporary) {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    List<MemorySegment> forgotten = new ArrayList<>();
    double slope =
        RssSlope.of(
            20,
            CYCLES,
            () -> {
              RssSlope.loadRunUnload(version);
              forgotten.add(
                  SavedModelSession.load(version, SessionOptions.SERVE).closeAllButGraph());
            });
    System.out.printf("RssAnon slope of the mutant: %.1f KB a cycle%n", slope);
    assertThat(slope).isGreaterThan(RssSlope.KILOBYTES_PER_CYCLE);
    assertThat(NativeObjects.open()).containsEntry(NativeObjects.Kind.GRAPH, (long) CYCLES);
    for (MemorySegment graph : forgotten) {
      CApi.deleteGraph(graph);
      NativeObjects.closed(NativeObjects.Kind.GRAPH);
    }
    assertThat(NativeObjects.open()).isEmpty();
  }
}
