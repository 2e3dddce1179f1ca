package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Tensor;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallTest {

  private final FakeModel model = new FakeModel();
  private final Answer answer = new Answer();

  private Call call(long deadlineNanos) {
    return model.call(deadlineNanos, answer);
  }

  @Test
  void firstAnswerWins() {
    Call call = call(Call.NO_DEADLINE);
    assertThat(call.fail(StatusException.notFound("first"))).isTrue();
    assertThat(call.cancel()).isFalse();
    assertThat(call.expire()).isFalse();
    assertThat(answer.count()).isEqualTo(1);
    assertThat(answer.status().message()).isEqualTo("first");
  }

  @Test
  void tensorsAndLoanComeBackWhenTheAnswerWasWritten() {
    Call call = call(Call.NO_DEADLINE);
    call.complete(model.outputs());
    assertThat(answer.status()).isEqualTo(Status.OK);
    assertThat(answer.outputWasOpen()).isTrue();
    assertThat(model.openTensors()).isZero();
    assertThat(model.loans()).isZero();
  }

  @Test
  void timedOutCallKeepsTensorsAndLoanUntilTheRunHasReturned() {
    Call call = call(1);
    assertThat(call.queued()).isTrue();
    assertThat(call.running()).isTrue();
    assertThat(call.expire()).isTrue();
    assertThat(answer.status().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
    assertThat(model.openTensors()).isEqualTo(1);
    assertThat(model.loans()).isEqualTo(1);

    List<Tensor> late = model.outputs();
    assertThat(call.complete(late)).isFalse();
    call.ran();
    assertThat(model.openTensors()).isZero();
    assertThat(model.loans()).isZero();
    assertThat(answer.count()).isEqualTo(1);
  }

  @Test
  void answeredCallNeverRuns() {
    Call call = call(Call.NO_DEADLINE);
    call.queued();
    call.cancel();
    assertThat(call.running()).isFalse();
    assertThat(model.loans()).isZero();
    assertThat(answer.status().code()).isEqualTo(StatusCode.CANCELLED);
  }

  @Test
  void cancelledCallIsNotQueued() {
    Call call = call(Call.NO_DEADLINE);
    call.cancel();
    assertThat(call.queued()).isFalse();
  }

  @Test
  void actionOnAnAnsweredCallRunsAtOnce() {
    Call call = call(Call.NO_DEADLINE);
    call.cancel();
    List<String> ran = new ArrayList<>();
    call.onAnswered(before -> ran.add("now"));
    assertThat(ran).containsExactly("now");
  }

  @Test
  void throwingReceiverLosesNothing() {
    Call call =
        model.call(
            Call.NO_DEADLINE,
            (outputs, status) -> {
              throw new IllegalStateException("receiver");
            });
    try {
      call.complete(model.outputs());
    } catch (IllegalStateException expected) {
      assertThat(expected).hasMessage("receiver");
    }
    assertThat(model.openTensors()).isZero();
    assertThat(model.loans()).isZero();
  }

  /** Run, deadline and cancellation meet in every order; nothing is answered or freed twice. */
  @Test
  void racingAnswersReleaseExactlyOnce() throws Exception {
    Random random = new Random(42);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int round = 0; round < 3000; round++) {
        Answer each = new Answer();
        Call call = model.call(1, each);
        call.queued();
        CyclicBarrier start = new CyclicBarrier(3);
        int spin = random.nextInt(200);
        List<Future<?>> done =
            List.of(
                threads.submit(() -> {
                  start.await();
                  if (call.running()) {
                    call.complete(model.outputs());
                    call.ran();
                  }
                  return null;
                }),
                threads.submit(() -> {
                  start.await();
                  for (int i = 0; i < spin; i++) {
                    Thread.onSpinWait();
                  }
                  return call.expire();
                }),
                threads.submit(() -> {
                  start.await();
                  return call.cancel();
                }));
        for (Future<?> each1 : done) {
          each1.get(10, TimeUnit.SECONDS);
        }
        assertThat(each.count()).isEqualTo(1);
        assertThat(model.openTensors()).isZero();
        assertThat(model.loans()).isZero();
      }
    }
    assertThat(model.closedTwice()).isZero();
  }
}
