package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.batching.BatchQueue.Batch;
import dev.sluice.batching.BatchQueue.Piece;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchQueueTest {

  private static final long NOW = 5_000_000;

  private static BatchQueue<String> queue(Parameters parameters) {
    return new BatchQueue<>(parameters.get().check());
  }

  /** What is taken until nothing waits, one text a batch: {@code a0+2 b0+1}. */
  private static List<String> drain(BatchQueue<String> queue) {
    List<String> batches = new ArrayList<>();
    while (!queue.isEmpty()) {
      batches.add(text(queue.take(NOW)));
    }
    return batches;
  }

  private static String text(Batch<String> batch) {
    List<String> pieces = new ArrayList<>();
    for (Piece<String> piece : batch.pieces()) {
      pieces.add(piece.task() + piece.from() + '+' + piece.rows());
    }
    return String.join(" ", pieces);
  }

  @Test
  void tasksShareTheOpenBatchUntilOneDoesNotFit() {
    BatchQueue<String> queue = queue(Parameters.max(4));
    queue.add("a", 2, NOW);
    queue.add("b", 2, NOW);
    queue.add("c", 3, NOW);
    queue.add("d", 2, NOW);
    assertThat(drain(queue)).containsExactly("a0+2 b0+2", "c0+3", "d0+2");
  }

  @Test
  void taskThatNoBatchHoldsIsRefused() {
    BatchingParameters parameters = Parameters.max(4).get();
    BatchQueue.checkSize(parameters, 4);
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> BatchQueue.checkSize(parameters, 5))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT))
        .withMessage("Task size 5 is larger than maximum input batch size 4");
  }

  @Test
  void batchIsReadyWhenItsFirstTaskHasWaitedForTheTimeout() {
    BatchQueue<String> queue = queue(Parameters.max(4).timeoutMicros(1000));
    assertThat(queue.isReady(NOW)).isFalse();
    queue.add("a", 1, NOW);
    queue.add("b", 1, NOW + 999_000);
    assertThat(queue.readyNanos()).isEqualTo(NOW + 1_000_000);
    assertThat(queue.isReady(NOW + 999_999)).isFalse();
    assertThat(queue.isReady(NOW + 1_000_000)).isTrue();
  }

  @Test
  void withoutATimeoutABatchIsReadyAtOnce() {
    BatchQueue<String> queue = queue(Parameters.max(4));
    queue.add("a", 1, NOW);
    assertThat(queue.isReady(NOW)).isTrue();
    assertThat(queue.take(NOW).rows()).isEqualTo(1);
    assertThat(queue.isReady(NOW)).as("an empty batch").isFalse();
  }

  @Test
  void fullBatchIsReadyAndSoIsOneThatAnotherFollows() {
    Parameters parameters = Parameters.max(4).timeoutMicros(Long.MAX_VALUE);
    BatchQueue<String> full = queue(parameters);
    full.add("a", 3, NOW);
    assertThat(full.isReady(NOW)).isFalse();
    full.add("b", 1, NOW);
    assertThat(full.isReady(NOW)).isTrue();

    BatchQueue<String> followed = queue(parameters);
    followed.add("a", 3, NOW);
    followed.add("b", 2, NOW);
    assertThat(followed.isReady(NOW)).isTrue();
    followed.take(NOW);
    assertThat(followed.isReady(NOW)).as("the open batch waits on").isFalse();
  }

  @Test
  void withSplittingABatchIsReadyAtTheExecutionLimit() {
    BatchQueue<String> queue = queue(Parameters.max(10).splitting(3).timeoutMicros(Long.MAX_VALUE));
    queue.add("a", 3, NOW);
    assertThat(queue.isReady(NOW)).isTrue();
  }

  @Test
  void openBatchCountsAgainstTheLimit() {
    BatchQueue<String> queue = queue(Parameters.max(2).enqueued(1));
    queue.add("a", 2, NOW);
    assertThat(queue.hasRoom(2)).isFalse();
    assertThat(queue.full(2))
        .hasMessage(
            "The batch scheduling queue to which this task was submitted is full; currently 1"
                + " batches enqueued and max_enqueued_batches is 1")
        .satisfies(full -> assertThat(full.code()).isEqualTo(StatusCode.UNAVAILABLE));
    queue.take(NOW);
    assertThat(queue.hasRoom(2)).isTrue();
  }

  @Test
  void taskThatFitsTheOpenBatchHasRoomInAFullQueue() {
    BatchQueue<String> queue = queue(Parameters.max(4).enqueued(1));
    queue.add("a", 3, NOW);
    assertThat(queue.hasRoom(2)).isFalse();
    assertThat(queue.hasRoom(1)).isTrue();
  }

  @Test
  void largeTaskIsSplitFromTheRestOfTheOpenBatchOn() {
    BatchQueue<String> queue = queue(Parameters.max(10).splitting(3));
    queue.add("a", 1, NOW);
    queue.add("b", 7, NOW);
    assertThat(drain(queue)).containsExactly("a0+1 b0+2", "b2+3", "b5+2");
    queue.add("c", 7, NOW);
    assertThat(drain(queue)).containsExactly("c0+3", "c3+3", "c6+1");
    queue.add("d", 3, NOW);
    queue.add("e", 4, NOW);
    assertThat(drain(queue)).containsExactly("d0+3", "e0+3", "e3+1");
  }

  @Test
  void splitTaskIsRefusedAsAWhole() {
    BatchQueue<String> queue = queue(Parameters.max(10).splitting(3).enqueued(3));
    queue.add("a", 1, NOW);
    assertThat(queue.hasRoom(8)).isTrue();
    assertThat(queue.hasRoom(9)).isFalse();
    assertThat(queue.full(9))
        .hasMessage(
            "The batch scheduling queue to which this task was submitted is full; task size is 9"
                + " but scheduling capacity is only 8 (num_enqueued_batches=1,"
                + " max_enqueued_batches=3, open_batch_size=1, max_execution_batch_size=3)");
    assertThat(drain(queue)).containsExactly("a0+1");
    assertThat(queue.hasRoomWhenEmpty(9)).isTrue();
    assertThat(queue.hasRoomWhenEmpty(10)).isFalse();
  }

  @Test
  void hugeLimitsDoNotOverflow() {
    BatchQueue<String> queue =
        queue(
            Parameters.max(Long.MAX_VALUE)
                .splitting(Long.MAX_VALUE / 2)
                .enqueued(Long.MAX_VALUE)
                .timeoutMicros(Long.MAX_VALUE));
    queue.add("a", 1, NOW);
    assertThat(queue.hasRoom(Long.MAX_VALUE)).isTrue();
    assertThat(queue.readyNanos()).isGreaterThan(NOW);
  }

  @Test
  void taskWithoutRowsIsReadyAfterTheTimeoutToo() {
    BatchQueue<String> queue = queue(Parameters.max(4).timeoutMicros(1));
    queue.add("a", 0, NOW);
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue.isReady(NOW)).isFalse();
    assertThat(queue.isReady(NOW + 1000)).isTrue();
    assertThat(drain(queue)).containsExactly("a0+0");
  }

  @Test
  void lineIsLetInInItsOrderWhenABatchIsTaken() {
    BatchQueue<String> queue = queue(Parameters.max(2).enqueued(1).timeoutMicros(1));
    queue.add("a", 2, NOW);
    queue.addToLine("b", 2);
    queue.addToLine("c", 1);
    assertThat(queue.hasRoom(0)).as("who comes now is behind the line").isFalse();
    assertThat(text(queue.take(NOW + 500))).isEqualTo("a0+2");
    assertThat(queue.readyNanos()).as("came when there was room").isEqualTo(NOW + 1500);
    assertThat(drain(queue)).containsExactly("b0+2", "c0+1");
  }
}
