package dev.sluice.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpanQueueTest {

  /** Longer than any test may take. */
  private static final Duration FOR_EVER = Duration.ofHours(1);

  @Test
  void whatIsBeyondItsRoomIsRefused() throws Exception {
    SpanQueue<String> queue = new SpanQueue<>(2, 2, FOR_EVER);
    assertThat(queue.offer("a")).isTrue();
    assertThat(queue.offer("b")).isTrue();
    assertThat(queue.offer("c")).isFalse();
    assertThat(queue.next()).containsExactly("a", "b");
    assertThat(queue.offer("d")).as("there is room again").isTrue();
    assertThat(queue.size()).isOne();
  }

  @Test
  void fullBatchIsTakenWithoutWaiting() throws Exception {
    SpanQueue<String> queue = new SpanQueue<>(10, 2, FOR_EVER);
    queue.offer("a");
    queue.offer("b");
    queue.offer("c");
    assertThat(queue.next()).containsExactly("a", "b");
  }

  @Test
  void delayEndsTheWaitForOthers() throws Exception {
    SpanQueue<String> queue = new SpanQueue<>(10, 5, Duration.ofMillis(1));
    queue.offer("a");
    assertThat(queue.next()).containsExactly("a");
  }

  @Test
  void endGivesWhatIsLeftAndThenNothing() throws Exception {
    SpanQueue<String> queue = new SpanQueue<>(10, 2, FOR_EVER);
    queue.offer("a");
    queue.offer("b");
    queue.offer("c");
    queue.close();
    assertThat(queue.offer("d")).isFalse();
    assertThat(queue.next()).containsExactly("a", "b");
    assertThat(queue.next()).containsExactly("c");
    assertThat(queue.next()).isEmpty();
  }

  @Test
  void whoWaitsLearnsOfTheEnd() throws Exception {
    SpanQueue<String> queue = new SpanQueue<>(10, 2, FOR_EVER);
    Thread closing = Thread.ofPlatform().start(queue::close);
    assertThat(queue.next()).isEmpty();
    closing.join();
  }
}
