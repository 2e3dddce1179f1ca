package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.batching.BatchQueues.Taken;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchQueuesTest {

  private static BatchQueues<String, Integer> queues(Parameters parameters) {
    BatchingParameters same = parameters.get().check();
    return new BatchQueues<>(key -> same);
  }

  private static String poll(BatchQueues<String, Integer> queues, long now) {
    Taken<String, Integer> taken = queues.poll(now);
    if (taken == null) {
      return "none";
    }
    List<Integer> tasks = new ArrayList<>();
    taken.batch().pieces().forEach(piece -> tasks.add(piece.task()));
    return taken.key() + tasks;
  }

  @Test
  void queuesTakeTurnsBatchByBatch() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(1));
    for (int i = 0; i < 3; i++) {
      queues.add("a", i, 1, 0, false);
    }
    queues.add("b", 10, 1, 0, false);
    queues.add("c", 20, 1, 0, false);
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      order.add(poll(queues, 0));
    }
    assertThat(order).containsExactly("a[0]", "b[10]", "c[20]", "a[1]", "a[2]", "none");
    assertThat(queues.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 1_500_000}) // the clock may wrap around
  void batchesMatureInTheOrderOfTheirFirstTasks(long start) {
    BatchQueues<String, Integer> queues = queues(Parameters.max(4).timeoutMicros(1000));
    assertThat(queues.nanosToNext(start)).isEqualTo(Long.MAX_VALUE);
    queues.add("a", 1, 1, start, false);
    queues.add("b", 2, 1, start + 700_000, false);
    queues.add("a", 3, 1, start + 900_000, false);
    assertThat(poll(queues, start + 999_999)).isEqualTo("none");
    assertThat(queues.nanosToNext(start + 999_999)).isEqualTo(1);
    assertThat(poll(queues, start + 1_000_000)).isEqualTo("a[1, 3]");
    assertThat(queues.nanosToNext(start + 1_000_000)).isEqualTo(700_000);
    assertThat(poll(queues, start + 1_700_001)).isEqualTo("b[2]");
    assertThat(queues.nanosToNext(start + 1_700_001)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void fullBatchNeedNotMature() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(2).timeoutMicros(1000));
    queues.add("a", 1, 1, 0, false);
    queues.add("b", 2, 1, 0, false);
    assertThat(queues.hasReady()).isFalse();
    queues.add("b", 3, 1, 1, false);
    assertThat(queues.hasReady()).isTrue();
    assertThat(poll(queues, 1)).isEqualTo("b[2, 3]");
    assertThat(poll(queues, 1)).isEqualTo("none");
  }

  @Test
  void queueIsGoneWhenNothingWaitsInIt() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(2));
    for (int i = 0; i < 10_000; i++) {
      queues.add("key" + i, i, 1, i, false);
      assertThat(queues.poll(i)).isNotNull();
      assertThat(queues.isEmpty()).isTrue();
    }
  }

  @Test
  void fullQueueRefusesOrLetsWait() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(1).enqueued(1));
    queues.add("a", 1, 1, 0, false);
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> queues.add("a", 2, 1, 0, false))
        .withMessageContaining("is full; currently 1 batches enqueued");
    queues.add("b", 3, 1, 0, false);
    queues.add("a", 4, 1, 0, true);
    assertThat(poll(queues, 0)).isEqualTo("a[1]");
    assertThat(poll(queues, 0)).isEqualTo("b[3]");
    assertThat(poll(queues, 0)).isEqualTo("a[4]");
    assertThat(queues.isEmpty()).isTrue();
  }

  @Test
  void taskThatNeverFitsMayNotWait() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(9).splitting(2).enqueued(2));
    queues.add("a", 1, 3, 0, true);
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> queues.add("a", 2, 5, 0, true))
        .withMessageContaining("task size is 5 but scheduling capacity is only 1 ");
  }

  @Test
  void flushedQueuesWaitForNoCompany() {
    BatchQueues<String, Integer> queues = queues(Parameters.max(4).timeoutMicros(1000));
    queues.add("a", 1, 1, 0, false);
    queues.flush();
    assertThat(poll(queues, 0)).isEqualTo("a[1]");
    queues.add("b", 2, 1, 0, false);
    assertThat(poll(queues, 0)).isEqualTo("b[2]");
  }
}
