package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchTaskTest {

  private final RowModel model = new RowModel();
  private final RowAnswer answer = new RowAnswer();
  private final ConfiguredBatching batching =
      ConfiguredBatching.start(
          new Batching.Configured(new BatchThreads(1, "batch"), null, BatchObserver.NONE),
          new RunScheduler.Options(1, 1, System::nanoTime));

  /** A task of five rows. */
  private BatchTask task() {
    Call call = model.call("half", answer, model.vector(1, 2, 3, 4, 5));
    Layout layout = Layout.of(model, model.signature("half"), List.of());
    ConfiguredQueue queue = new ConfiguredQueue(batching, BatchingParameters.DEFAULTS, layout);
    return new BatchTask(call, layout, 5, queue);
  }

  private List<Tensor> rows(float... values) {
    return List.of(model.vector(values));
  }

  @AfterEach
  void nothingStaysOpen() {
    batching.close();
    assertThat(answer.count()).isEqualTo(1);
    assertThat(model.counted().open()).isZero();
    assertThat(model.loans()).isZero();
  }

  @Test
  @Spec("BU-4")
  void answerComesOnceAfterTheLastPieceWhicheverThatIs() throws Exception {
    BatchTask task = task();
    task.succeeded(3, 2, rows(4, 5));
    task.succeeded(0, 1, rows(1));
    assertThat(answer.isAnswered()).isFalse();
    task.succeeded(1, 2, rows(2, 3));
    assertThat(answer.floats()).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  @Spec("BU-5")
  void firstFailureSticks() throws Exception {
    BatchTask task = task();
    task.succeeded(0, 1, rows(1));
    task.failed(2, StatusException.invalidArgument("first"));
    task.failed(1, StatusException.internal("second"));
    assertThat(answer.isAnswered()).isFalse();
    task.succeeded(4, 1, rows(5));
    assertThat(answer.await()).hasToString("INVALID_ARGUMENT: first");
  }

  @Test
  void piecesOfDifferentShapesCannotBeJoined() throws Exception {
    BatchTask task = task();
    task.succeeded(0, 3, List.of(model.floats(Shape.of(3, 1), 1, 2, 3)));
    task.succeeded(3, 2, List.of(model.floats(Shape.of(2, 2), 1, 2, 3, 4)));
    assertThat(answer.await().message()).startsWith("Tensor concat operation failed: ");
  }

  @Test
  void cancelledCallKeepsNoPiece() {
    BatchTask task = task();
    task.succeeded(0, 3, rows(1, 2, 3));
    task.call().cancel();
    task.succeeded(3, 2, rows(4, 5));
  }
}
