package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.testkit.LargeModel;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeModelTest {

  private static final int CONSTANT = 200 << 20;
  private static final long HEAP_LIMIT = 1 << 20;

  @TempDir Path temporary;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  /**
   * Counts every byte that the loading thread allocates, so that none can hide behind a collection.
   * A small model goes first: what the first load of a process allocates for classes is nothing
   * that a graph brings.
   */
  @Test
  void graphOfTwoHundredMegabytesNeverReachesTheHeap() {
    LargeModel.write(temporary.resolve("small"), 1 << 12);
    TensorFlowForTests.open(temporary.resolve("small")).close();
    LargeModel.write(temporary, CONSTANT);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try (TensorFlowModel model = TensorFlowForTests.open(temporary)) {
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      System.out.printf("Heap allocated by the load of a 200 MB graph: %d KB%n", allocated >> 10);
      assertThat(allocated).isLessThan(HEAP_LIMIT);
      try (Tensor x = model.tensors().allocate(DataType.FLOAT, Shape.scalar())) {
        x.data().set(ValueLayout.JAVA_FLOAT, 0, 7);
        Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
        try (Tensor y = model.run(signature, List.of(x), RunOptions.UNLIMITED).getFirst()) {
          assertThat(y.data().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(7f);
        }
      }
    }
    assertThat(NativeObjects.open()).isEmpty();
  }
}
