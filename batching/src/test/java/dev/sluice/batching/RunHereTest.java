package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.RunOptions;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Calls that run on the thread that brings them, as those of a version that is being loaded. */
class RunHereTest {

  private static final long HOUR = TimeUnit.HOURS.toMicros(1);

  private static RunScheduler automatic(Batching batching) {
    return new RunScheduler(
        new RunScheduler.Options(2, 100, System::nanoTime, () -> null, batching));
  }

  @Test
  void callIsOverWhenTheThreadGoesOn() {
    FakeModel model = new FakeModel();
    try (RunScheduler scheduler = automatic(new Batching.Automatic())) {
      Thread[] answeredBy = new Thread[1];
      Call call =
          model.call(Call.NO_DEADLINE, (outputs, status) -> answeredBy[0] = Thread.currentThread());
      scheduler.runHere(call);
      assertThat(answeredBy[0]).isSameAs(Thread.currentThread());
      assertThat(model.loans()).isZero();
      assertThat(model.openTensors()).isZero();
      assertThat(model.closedTwice()).isZero();
      assertThat(model.runs()).containsExactly(RunOptions.UNLIMITED);
      QueueReport report = scheduler.report(model).getFirst();
      assertThat(report.counts().runs()).isEqualTo(1);
      assertThat(report.counts().calls()).isEqualTo(1);
      assertThat(report.why()).as("nothing was learnt").contains("not measured yet");
    }
  }

  @Test
  void failureIsTheAnswer() {
    FakeModel model = new FakeModel();
    model.body(() -> {
      throw StatusException.invalidArgument("no");
    });
    Status[] answer = new Status[1];
    RunScheduler scheduler = automatic(new Batching.Off());
    scheduler.runHere(model.call(Call.NO_DEADLINE, (outputs, status) -> answer[0] = status));
    assertThat(answer[0]).isEqualTo(new Status(StatusCode.INVALID_ARGUMENT, "no"));
    assertThat(scheduler.report(model).getFirst().counts().failedRuns()).isEqualTo(1);
    scheduler.close();
    scheduler.forget(model);
    scheduler.runHere(model.call(Call.NO_DEADLINE, (outputs, status) -> answer[0] = status));
    assertThat(answer[0].code()).isEqualTo(StatusCode.UNAVAILABLE);
    assertThat(model.loans()).isZero();
    assertThat(model.openTensors()).isZero();
  }

  @Test
  void engineIsToldTheTimeThatIsLeft() {
    FakeModel model = new FakeModel();
    try (RunScheduler scheduler = automatic(new Batching.Automatic())) {
      long deadline = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
      scheduler.runHere(model.call(deadline, (outputs, status) -> {}));
    }
    assertThat(model.runs().getFirst().timeoutMillis())
        .isPositive()
        .isLessThanOrEqualTo(TimeUnit.HOURS.toMillis(1));
  }

  @Test
  void modelThatOnlyComputesRunsInTheCaller() {
    SumModel model = new SumModel(SumModel.CHEAP);
    try (RunScheduler scheduler = automatic(new Batching.Automatic())) {
      scheduler.runHere(model.callOf(5, Call.NO_DEADLINE, new RowAnswer(), 1, 2, 3, 4, 5));
      assertThat(model.runs().getFirst().options()).isEqualTo(new RunOptions(0, true));
      assertThat(scheduler.report(model).getFirst().counts().rows()).isEqualTo(5);
    }
  }

  @Test
  void batchOfParametersIsFilledUpAndWaitsForNobody() throws Exception {
    RowModel model = new RowModel();
    BatchingParameters parameters =
        Parameters.max(4).timeoutMicros(HOUR).allowed(2L, 4L).get().check();
    Batching configured =
        new Batching.Configured(new BatchThreads(1, "batch"), parameters, BatchObserver.NONE);
    try (RunScheduler scheduler = automatic(configured)) {
      RowAnswer answer = new RowAnswer();
      scheduler.runHere(model.call("half", answer, model.vector(1, 2, 3)));
      assertThat(answer.floats()).containsExactly(2.5f, 3, 3.5f);
      assertThat(model.rowsOfRuns()).containsExactly(4L);
      assertThat(scheduler.usualRows(model, model.signature("half"))).isEqualTo(List.of(2L, 4L));
      assertThat(scheduler.report(model).getFirst().waiting()).isZero();
    }
    assertThat(model.counted().open()).isZero();
    assertThat(model.loans()).isZero();
  }

  @Test
  void rowsToExpectAreThoseOfBatchesWhereThereAreAny() {
    try (RunScheduler merging = automatic(new Batching.Automatic());
        RunScheduler off = automatic(new Batching.Off())) {
      SumModel rowWise = new SumModel(SumModel.CHEAP);
      SumModel coupled = new SumModel(SumModel.COUPLED);
      assertThat(merging.usualRows(rowWise, SumModel.SIGNATURE))
          .startsWith(1L)
          .hasSizeGreaterThan(1);
      assertThat(merging.usualRows(coupled, SumModel.SIGNATURE)).containsExactly(1L);
      assertThat(off.usualRows(rowWise, SumModel.SIGNATURE)).containsExactly(1L);
    }
  }
}
