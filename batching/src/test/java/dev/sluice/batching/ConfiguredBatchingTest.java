package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls become batches by TensorFlow Serving's parameters, with a model that computes in Java. */
class ConfiguredBatchingTest {

  /** Longer than any test lasts. */
  private static final long FOR_EVER = TimeUnit.HOURS.toMicros(1);

  private static final long ROOM_FOR_ALL = 1000;

  private static final String SHAPES_DIFFER =
      "FAILED_PRECONDITION: Tensors with name 'x:0' from different tasks have different shapes and"
          + " padding is turned off. Set pad_variable_length_inputs to true, or ensure that all"
          + " tensors with the same name have equal dimensions starting with the first dim.";

  private final RowModel model = new RowModel();
  private final RecordedBatches observer = new RecordedBatches();
  private @Nullable RunScheduler scheduler;

  private RunScheduler start(Parameters parameters) {
    return start(parameters, 1);
  }

  private RunScheduler start(Parameters parameters, int threads) {
    RunScheduler started =
        new RunScheduler(
            options(
                System::nanoTime,
                new Batching.Configured(
                    new BatchThreads(threads, "batch"), parameters.get().check(), observer)));
    scheduler = started;
    return started;
  }

  private static RunScheduler.Options options(LongSupplier nanoTime, Batching batching) {
    return new RunScheduler.Options(1000, 10_000, nanoTime, () -> null, batching);
  }

  private RowAnswer submit(String signature, Tensor... inputs) {
    RowAnswer answer = new RowAnswer();
    submit(model.call(signature, answer, inputs));
    return answer;
  }

  private RowAnswer submit(List<Integer> wanted, Tensor input) {
    RowAnswer answer = new RowAnswer();
    Call.Request request = new Call.Request(model, model.signature("both"), List.of(input), wanted);
    submit(model.call(request, Call.NO_DEADLINE, answer));
    return answer;
  }

  private void submit(Call call) {
    if (scheduler == null) {
      throw new AssertionError("not started");
    }
    scheduler.submit(call);
  }

  private RowAnswer half(float... values) {
    return submit("half", model.vector(values));
  }

  /** Keeps the only thread busy with one row until the model is released. */
  private RowAnswer keepBusy() throws InterruptedException {
    model.hold();
    RowAnswer busy = submit("table", model.vector(1, 2, 3));
    model.awaitRun();
    return busy;
  }

  @AfterEach
  void nothingStaysOpen() {
    if (scheduler != null) {
      scheduler.close();
    }
    assertThat(model.counted().open()).isZero();
    assertThat(model.loans()).isZero();
  }

  @Test
  @Spec("BS-2")
  void concurrentRequestsShareARun() throws Exception {
    start(Parameters.max(4).timeoutMicros(FOR_EVER));
    RowAnswer one = half(100, 42);
    RowAnswer other = half(71.5f, 18.3f);
    assertThat(one.floats()).containsExactly(52, 23);
    assertThat(other.floats()).containsExactly(37.75f, 11.15f);
    assertThat(model.rowsOfRuns()).containsExactly(4L);
  }

  @Test
  @Spec("BS-11")
  void withoutATimeoutASingleRequestIsRunAtOnce() throws Exception {
    start(Parameters.max(4));
    assertThat(half(100, 42).floats()).containsExactly(52, 23);
  }

  @Test
  void batchHoldsWhatCameWhileAllThreadsWereBusy() throws Exception {
    start(Parameters.max(4));
    RowAnswer busy = keepBusy();
    RowAnswer a = half(1);
    RowAnswer b = half(2, 3);
    RowAnswer c = half(4, 5);
    model.release();
    assertThat(busy.floats()).hasSize(3);
    assertThat(a.floats()).containsExactly(2.5f);
    assertThat(b.floats()).containsExactly(3, 3.5f);
    assertThat(c.floats()).containsExactly(4, 4.5f);
    assertThat(model.rowsOfRuns()).containsExactly(3L, 3L, 2L);
  }

  @Test
  void batchRunsWhenItsTimeIsOver() throws Exception {
    start(Parameters.max(4).timeoutMicros(2000));
    assertThat(half(1).floats()).containsExactly(2.5f);
    assertThat(observer.queuedNanos()).hasSize(1);
    assertThat(observer.queuedNanos().get(0)).isGreaterThanOrEqualTo(2_000_000);
  }

  @Test
  void earlierTimeWakesTheThreadThatWatchesALaterOne() throws Exception {
    RunScheduler started =
        new RunScheduler(
            options(
                System::nanoTime,
                new Batching.Configured(new BatchThreads(2, "batch"), null, observer)));
    scheduler = started;
    RowModel patient = new RowModel();
    started.configure(patient, Parameters.max(4).timeoutMicros(FOR_EVER).get());
    started.configure(model, Parameters.max(4).timeoutMicros(1000).get());
    RowAnswer waiting = new RowAnswer();
    started.submit(patient.call("half", waiting, patient.vector(1)));
    assertThat(half(1).floats()).containsExactly(2.5f);
    assertThat(waiting.isAnswered()).isFalse();
    started.drain();
    assertThat(waiting.floats()).containsExactly(2.5f);
  }

  @Test
  @Spec("BS-4")
  void requestThatNoBatchHoldsIsRefused() throws Exception {
    start(Parameters.max(3));
    assertThat(half(1, 2, 3, 4).await())
        .hasToString("INVALID_ARGUMENT: Task size 4 is larger than maximum input batch size 3");
    assertThat(observer.events()).isEmpty();
  }

  @Test
  @Spec("BS-13")
  void inputsOfDifferentSizesAreRefused() throws Exception {
    start(Parameters.max(4));
    assertThat(submit("sum", model.vector(1, 2), model.vector(1)).await())
        .hasToString(
            "INVALID_ARGUMENT: Batching Run() input tensors must have equal 0th-dimension size");
    assertThat(observer.events()).isEmpty();
  }

  @Test
  void inputsThatHaveNoRowsToCountAreRefused() throws Exception {
    start(Parameters.max(4));
    assertThat(submit("half", model.floats(Shape.scalar(), 1)).await())
        .hasToString(
            "INVALID_ARGUMENT: Batching Run() input tensors must have at least one dimension");
    assertThat(submit("nothing").await())
        .hasToString("INVALID_ARGUMENT: Batching Run() must have at least one input tensor");
  }

  @Test
  void fullQueueRefuses() throws Exception {
    start(Parameters.max(3).enqueued(1));
    RowAnswer busy = keepBusy();
    RowAnswer first = half(1, 2);
    RowAnswer second = half(1, 2);
    assertThat(second.await())
        .hasToString(
            "UNAVAILABLE: The batch scheduling queue to which this task was submitted is full;"
                + " currently 1 batches enqueued and max_enqueued_batches is 1");
    model.release();
    assertThat(first.floats()).hasSize(2);
    assertThat(busy.await().isOk()).isTrue();
  }

  @Test
  void threadsThatRunBatchesArePreparedFirst() throws Exception {
    Set<Thread> prepared = ConcurrentHashMap.newKeySet();
    RunScheduler started =
        new RunScheduler(
            new RunScheduler.Options(
                2,
                4,
                System::nanoTime,
                () -> null,
                new Batching.Configured(
                    new BatchThreads(1, "batch"), Parameters.max(3).get(), observer),
                () -> prepared.add(Thread.currentThread())));
    scheduler = started;
    assertThat(half(1, 2).await().isOk()).isTrue();
    assertThat(prepared).extracting(Thread::getName).containsExactly("batch-0");
  }

  @Test
  void whereManyAreInAFullQueueLetsWait() throws Exception {
    RunScheduler started =
        new RunScheduler(
            new RunScheduler.Options(
                2,
                4,
                System::nanoTime,
                () -> null,
                new Batching.Configured(
                    new BatchThreads(1, "batch"), Parameters.max(3).enqueued(1).get(), observer)));
    scheduler = started;
    RowAnswer busy = keepBusy();
    RowAnswer queued = half(1, 2);
    RowAnswer inLine = half(3, 4);
    RowAnswer last = half(5, 6);
    assertThat(half(7, 8).await().message()).as("four are in").contains("is full");
    model.release();
    assertThat(queued.floats()).containsExactly(2.5f, 3);
    assertThat(inLine.floats()).containsExactly(3.5f, 4);
    assertThat(last.floats()).containsExactly(4.5f, 5);
    assertThat(busy.await().isOk()).isTrue();
  }

  @Test
  @Spec("BS-5")
  void largeRequestIsSplitAndItsRowsKeepTheirOrder() throws Exception {
    start(Parameters.max(10).splitting(2).timeoutMicros(FOR_EVER));
    RowAnswer one = half(5);
    RowAnswer three = half(10, 20, 30);
    assertThat(three.floats()).containsExactly(7, 12, 17);
    assertThat(one.floats()).containsExactly(4.5f);
    assertThat(model.rowsOfRuns()).containsExactly(2L, 2L);
  }

  @Test
  void sevenRowsMakeRunsOfThreeThreeAndOne() throws Exception {
    start(Parameters.max(10).splitting(3));
    assertThat(half(2, 4, 6, 8, 10, 12, 14).floats()).containsExactly(3, 4, 5, 6, 7, 8, 9);
    assertThat(model.rowsOfRuns()).containsExactly(3L, 3L, 1L);
    assertThat(model.runs().get(1).inputs().get(0)).containsExactly(8, 10, 12);
  }

  @Test
  void piecesMayRunAtTheSameTime() throws Exception {
    start(Parameters.max(10).splitting(3), 2);
    model.hold();
    RowAnswer answer = half(2, 4, 6, 8, 10);
    model.awaitRun();
    model.awaitRun();
    model.release();
    assertThat(answer.floats()).containsExactly(3, 4, 5, 6, 7);
  }

  @Test
  @Spec("BS-6")
  void pieceOfAnotherShapeFailsBothRequests() throws Exception {
    start(Parameters.max(10).splitting(2).timeoutMicros(FOR_EVER));
    RowAnswer narrow = submit("half", model.floats(Shape.of(1, 1), 1));
    RowAnswer wide = submit("half", model.floats(Shape.of(3, 2), 1, 2, 3, 4, 5, 6));
    assertThat(narrow.await()).hasToString(SHAPES_DIFFER);
    assertThat(wide.await()).hasToString(SHAPES_DIFFER);
    assertThat(wide.count()).isEqualTo(1);
    assertThat(model.rowsOfRuns()).as("the other piece is run for nothing").containsExactly(2L);
  }

  @Test
  @Spec("BS-7")
  void limitOfOneRowRunsEachOnItsOwn() throws Exception {
    start(Parameters.max(10).splitting(1));
    assertThat(half(100).floats()).containsExactly(52);
    RowAnswer two = half(42, 71.5f);
    assertThat(two.floats()).containsExactly(23, 37.75f);
    assertThat(model.rowsOfRuns()).containsExactly(1L, 1L, 1L);
  }

  @Test
  @Spec("BS-10")
  void requestsOfDifferentShapesFailTogether() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    RowAnswer two = submit("half", model.floats(Shape.of(1, 2), 1, 2));
    RowAnswer three = submit("half", model.floats(Shape.of(1, 3), 1, 2, 3));
    assertThat(two.await()).hasToString(SHAPES_DIFFER);
    assertThat(three.await()).hasToString(SHAPES_DIFFER);
    assertThat(model.runs()).isEmpty();
    assertThat(observer.events())
        .containsExactly("filled 0 to 2", "processed 2", "input 1", "input 1");
  }

  @Test
  void ranksThatDifferCannotBePadded() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER).padding());
    RowAnswer flat = submit("half", model.floats(Shape.of(1, 2), 1, 2));
    RowAnswer deep = submit("half", model.floats(Shape.of(1, 2, 1), 1, 2));
    assertThat(flat.await()).hasToString(SHAPES_DIFFER);
    assertThat(deep.await()).hasToString(SHAPES_DIFFER);
  }

  @Test
  @Spec("BS-3")
  void shorterInputIsPaddedWithItsFirstElement() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER).padding());
    RowAnswer small = submit("half", model.floats(Shape.of(1, 2, 2), 1, 2, 3, 4));
    RowAnswer large =
        submit("half", model.floats(Shape.of(1, 3, 3), 5, 6, 7, 8, 9, 10, 11, 12, 13));
    assertThat(small.floats()).containsExactly(2.5f, 3, 2.5f, 3.5f, 4, 2.5f, 2.5f, 2.5f, 2.5f);
    assertThat(small.shape(0)).as("not trimmed back").isEqualTo(Shape.of(1, 3, 3));
    assertThat(large.floats()).containsExactly(4.5f, 5, 5.5f, 6, 6.5f, 7, 7.5f, 8, 8.5f);
    assertThat(model.runs().get(0).shapes()).containsExactly(Shape.of(2, 3, 3));
  }

  @Test
  @Spec("BS-14")
  void batchOfAnAllowedSizeIsNotFilledUp() throws Exception {
    start(Parameters.max(4).allowed(2L, 4L));
    assertThat(half(100, 42).floats()).containsExactly(52, 23);
    assertThat(observer.events()).containsExactly("filled 0 to 2", "processed 2", "input 2", "ran");
  }

  @Test
  @Spec("BS-15")
  void batchIsFilledUpToAnAllowedSizeWithTheFirstRowOfItsLastRequest() throws Exception {
    start(Parameters.max(4).allowed(1L, 3L, 4L));
    assertThat(half(100, 42).floats()).containsExactly(52, 23);
    assertThat(model.runs().get(0).inputs().get(0)).containsExactly(100, 42, 100);
    assertThat(observer.events()).containsExactly("filled 1 to 3", "processed 3", "input 2", "ran");
  }

  @Test
  void fillingRowsAreThoseOfTheLastRequest() throws Exception {
    start(Parameters.max(8).allowed(5L, 8L).timeoutMicros(FOR_EVER));
    RowAnswer first = half(1, 2);
    RowAnswer last = half(3);
    drain();
    assertThat(first.floats()).containsExactly(2.5f, 3);
    assertThat(last.floats()).containsExactly(3.5f);
    assertThat(model.runs().get(0).inputs().get(0)).containsExactly(1, 2, 3, 3, 3);
  }

  @Test
  void twoAndTwoRowsAreAnAllowedSize() throws Exception {
    start(Parameters.max(4).allowed(2L, 4L).timeoutMicros(FOR_EVER));
    RowAnswer one = half(1, 2);
    RowAnswer other = half(3, 4);
    assertThat(one.floats()).containsExactly(2.5f, 3);
    assertThat(other.floats()).containsExactly(3.5f, 4);
    assertThat(observer.events())
        .containsExactly("filled 0 to 4", "processed 4", "input 2", "input 2", "ran");
  }

  @Test
  @Spec("BS-17")
  void tensorsInAnotherOrderMakeTheSameBatch() throws Exception {
    start(Parameters.max(3).timeoutMicros(FOR_EVER));
    RowAnswer one = submit("sum", model.vector(1), model.vector(10));
    RowAnswer turned = submit("mus", model.vector(20), model.vector(2));
    RowAnswer last = submit("sum", model.vector(3), model.vector(30));
    assertThat(one.floats()).containsExactly(11);
    assertThat(turned.floats()).containsExactly(22);
    assertThat(last.floats()).containsExactly(33);
    assertThat(model.rowsOfRuns()).containsExactly(3L);
    assertThat(model.runs().get(0).inputs().get(0)).as("a").containsExactly(1, 2, 3);
  }

  @Test
  @Spec("BS-18")
  void signaturesWithOtherOutputsHaveQueuesOfTheirOwn() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    RowAnswer alone = submit("half_plus_three", model.vector(1));
    RowAnswer one = half(1);
    RowAnswer other = submit("half_again", model.vector(2));
    assertThat(one.floats()).containsExactly(2.5f);
    assertThat(other.floats()).containsExactly(3);
    assertThat(alone.isAnswered()).isFalse();
    drain();
    assertThat(alone.floats()).containsExactly(3.5f);
    assertThat(model.rowsOfRuns()).containsExactly(2L, 1L);
  }

  @Test
  @Spec("BS-21")
  void subsetsOfOutputsAreBatchesOfTheirOwn() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    RowAnswer second = submit(List.of(1), model.vector(1));
    RowAnswer all = submit(List.of(), model.vector(2));
    RowAnswer allTurned = submit(List.of(1, 0), model.vector(3));
    RowAnswer alsoSecond = submit(List.of(1), model.vector(4));
    assertThat(all.floats(0)).containsExactly(3);
    assertThat(all.floats(1)).containsExactly(4);
    assertThat(allTurned.floats(0)).containsExactly(3.5f);
    assertThat(allTurned.floats(1)).containsExactly(4.5f);
    assertThat(second.floats(1)).containsExactly(3.5f);
    assertThat(alsoSecond.floats(1)).containsExactly(5);
    assertThat(second.shape(0)).as("not asked for").isNull();
    assertThat(model.rowsOfRuns()).containsExactly(2L, 2L);
  }

  @Test
  void scalarOutputFailsWhereItIsAskedFor() throws Exception {
    start(Parameters.max(2));
    assertThat(submit("scalar", model.vector(1)).await())
        .hasToString("FAILED_PRECONDITION: Batched output tensor has 0 dimensions");
    RowAnswer without = new RowAnswer();
    Call.Request request =
        new Call.Request(model, model.signature("scalar"), List.of(model.vector(1)), List.of(1));
    submit(model.call(request, Call.NO_DEADLINE, without));
    assertThat(without.floats(1)).containsExactly(2.5f);
  }

  @Test
  void outputWithAnotherNumberOfRowsFails() throws Exception {
    start(Parameters.max(3));
    assertThat(submit("table", model.vector(1, 2)).await())
        .hasToString(
            "FAILED_PRECONDITION: Batched output tensor's 0th dimension does not equal the sum of"
                + " the 0th dimension sizes of the input tensors");
    assertThat(submit("table", model.vector(1, 2, 3)).floats()).containsExactly(1, 2, 3);
  }

  @Test
  void failureOfTheModelIsThatOfAll() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    model.failWith(StatusException.invalidArgument("bad matrix"));
    RowAnswer one = half(1);
    RowAnswer other = half(2);
    assertThat(one.await()).hasToString("INVALID_ARGUMENT: bad matrix");
    assertThat(other.await()).hasToString("INVALID_ARGUMENT: bad matrix");
    assertThat(observer.events()).as("a failed run counts").endsWith("ran");
  }

  @Test
  void lackOfMemoryIsToldToAll() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    Tensor first = model.vector(1);
    Tensor second = model.vector(2);
    model.counted().failAfter(0);
    RowAnswer one = submit("half", first);
    RowAnswer other = submit("half", second);
    assertThat(one.await()).hasToString("RESOURCE_EXHAUSTED: no memory");
    assertThat(other.await()).hasToString("RESOURCE_EXHAUSTED: no memory");
    assertThat(observer.events()).as("no run").doesNotContain("ran");
  }

  @Test
  void throwingReceiverKeepsNobodyFromTheirAnswer() throws Exception {
    start(Parameters.max(3).timeoutMicros(FOR_EVER));
    RowAnswer first = half(1);
    submit(
        model.call(
            "half",
            (outputs, status) -> {
              throw new IllegalStateException("receiver");
            },
            model.vector(2)));
    RowAnswer last = half(3);
    assertThat(first.floats()).containsExactly(2.5f);
    assertThat(last.floats()).containsExactly(3.5f);
    submit("half", model.vector(1, 2, 3)).floats();
  }

  @Test
  void requestWithoutRowsIsRunAfterItsTime() throws Exception {
    start(Parameters.max(4).allowed(2L, 4L).timeoutMicros(1000));
    RowAnswer empty = submit("half", model.vector());
    assertThat(empty.floats()).isEmpty();
    assertThat(model.rowsOfRuns()).containsExactly(0L);
  }

  @Test
  void requestWithoutRowsSharesARunAsWell() throws Exception {
    start(Parameters.max(4).allowed(2L, 4L).timeoutMicros(FOR_EVER));
    RowAnswer one = half(1);
    RowAnswer empty = submit("half", model.vector());
    drain();
    assertThat(empty.floats()).isEmpty();
    assertThat(one.floats()).containsExactly(2.5f);
    assertThat(model.runs().get(0).inputs().get(0)).containsExactly(1, 1);
  }

  private void drain() {
    if (scheduler != null) {
      scheduler.drain();
    }
  }

  private RowAnswer halfWithin(long millis, float value) {
    return halfUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), value);
  }

  private RowAnswer halfUntil(long deadlineNanos, float value) {
    RowAnswer answer = new RowAnswer();
    Call.Request request =
        new Call.Request(model, model.signature("half"), List.of(model.vector(value)));
    submit(model.call(request, deadlineNanos, answer));
    return answer;
  }

  @Test
  @Spec("BS-19")
  void batchOfWhichEveryRequestHasExpiredIsNotRun() throws Exception {
    start(Parameters.max(100).timeoutMicros(20_000));
    RowAnswer expired = halfWithin(1, 1);
    assertThat(expired.await())
        .hasToString("RESOURCE_EXHAUSTED: Run() timeout exceeded while waiting in batching queue");
    assertThat(model.runs()).isEmpty();
    assertThat(observer.queuedNanos()).hasSize(1);
    assertThat(observer.events()).isEmpty();
  }

  @Test
  @Spec("BS-19")
  void closeRunsWhatWaits() throws Exception {
    RunScheduler started = start(Parameters.max(100).timeoutMicros(FOR_EVER));
    RowAnswer one = half(1);
    RowAnswer other = half(2);
    started.close();
    assertThat(one.floats()).containsExactly(2.5f);
    assertThat(other.floats()).containsExactly(3);
    assertThat(half(3).await().message()).isEqualTo("the server is shutting down");
  }

  @Test
  void expiredRequestIsRunTogetherWithOneThatIsNot() throws Exception {
    start(Parameters.max(100).timeoutMicros(20_000));
    RowAnswer expired = halfWithin(1, 1);
    RowAnswer alive = halfWithin(60_000, 2);
    assertThat(expired.floats()).containsExactly(2.5f);
    assertThat(alive.floats()).containsExactly(3);
    assertThat(model.runs()).hasSize(1);
    assertThat(model.runs().get(0).options().timeoutMillis())
        .as("the last deadline counts")
        .isCloseTo(60_000L, within(30_000L));
  }

  @Test
  void oneRequestWithoutADeadlineTakesTheLimitFromTheRun() throws Exception {
    start(Parameters.max(2).timeoutMicros(FOR_EVER));
    RowAnswer limited = halfWithin(60_000, 1);
    RowAnswer unlimited = half(2);
    unlimited.floats();
    limited.floats();
    assertThat(model.runs().get(0).options()).isEqualTo(RunOptions.UNLIMITED);
  }

  @Test
  void runThatOutlivesTheLastDeadlineIsAnsweredByTheTimer() throws Exception {
    long now = System.nanoTime(); // a clock that stands still: nothing expires before its run
    BatchingParameters parameters = Parameters.max(2).timeoutMicros(FOR_EVER).get();
    scheduler =
        new RunScheduler(
            options(
                () -> now,
                new Batching.Configured(new BatchThreads(1, "batch"), parameters, observer)));
    model.hold();
    RowAnswer one = halfUntil(now + TimeUnit.MILLISECONDS.toNanos(10), 1);
    RowAnswer other = halfUntil(now + TimeUnit.MILLISECONDS.toNanos(20), 2);
    assertThat(one.await()).hasToString("DEADLINE_EXCEEDED: Timed out waiting for notification");
    assertThat(other.await().isOk()).isFalse();
    assertThat(model.loans()).as("the run goes on").isEqualTo(2);
    model.release();
  }

  @Test
  void cancelledRequestKeepsItsPlaceAndIsNotRun() throws Exception {
    start(Parameters.max(3).timeoutMicros(FOR_EVER));
    RowAnswer gone = new RowAnswer();
    Call call = model.call("half", gone, model.vector(1, 2));
    submit(call);
    call.cancel();
    assertThat(half(3).floats()).as("the batch was full").containsExactly(3.5f);
    assertThat(model.rowsOfRuns()).containsExactly(1L);
    assertThat(gone.count()).isEqualTo(1);
  }

  @Test
  void reportSaysWhatTheOperatorAskedFor() throws Exception {
    RunScheduler started =
        start(Parameters.max(8).allowed(4L, 8L).splitting(4).padding().timeoutMicros(5), 2);
    half(1, 2).floats();
    started.close();
    QueueReport report = started.report(model).get(0);
    assertThat(report.signature()).isEqualTo("half");
    assertThat(report.way()).isEqualTo(QueueReport.Way.CONFIGURED);
    assertThat(report.why())
        .isEqualTo(
            "2 threads for all models run batches as TensorFlow Serving's parameters say:"
                + " max_batch_size 8, batch_timeout_micros 5, max_enqueued_batches 10,"
                + " allowed_batch_sizes [4, 8], pad_variable_length_inputs,"
                + " enable_large_batch_splitting, max_execution_batch_size 4");
    assertThat(report.limit()).isEqualTo(4);
    assertThat(report.waiting()).isZero();
    assertThat(report.running()).isZero();
    assertThat(report.counts().runs()).isEqualTo(1);
    assertThat(report.counts().rows()).isEqualTo(2);
    started.forget(model);
    assertThat(started.report(model)).isEmpty();
  }

  @Test
  void modelWithoutParametersIsNotBatched() throws Exception {
    RunScheduler started =
        new RunScheduler(
            options(
                System::nanoTime,
                new Batching.Configured(new BatchThreads(1, "batch"), null, observer)));
    scheduler = started;
    assertThat(submit("scalar", model.floats(Shape.scalar(), 1)).floats(0)).containsExactly(1);
    assertThat(started.report(model).get(0).way()).isEqualTo(QueueReport.Way.RUNNER);
    assertThat(observer.events()).isEmpty();
  }

  @Test
  void manyThreadsAndManyRequestsLoseNothing() throws Exception {
    start(Parameters.max(16).splitting(5).allowed(3L, 16L).enqueued(ROOM_FOR_ALL), 4);
    RowAnswer[] answers = new RowAnswer[3000];
    Thread[] clients = new Thread[3];
    for (int c = 0; c < clients.length; c++) {
      int client = c;
      clients[c] =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = client; i < answers.length; i += 3) {
                  float[] rows = new float[i % 8];
                  java.util.Arrays.fill(rows, i);
                  answers[i] = half(rows);
                }
              });
    }
    for (Thread client : clients) {
      client.join();
    }
    for (int i = 0; i < answers.length; i++) {
      if (answers[i].await().isOk()) {
        assertThat(answers[i].floats()).hasSize(i % 8);
        for (float value : answers[i].floats()) {
          assertThat(value).isEqualTo(i / 2f + 2);
        }
      } else {
        assertThat(answers[i].await().message()).contains("is full");
      }
      assertThat(answers[i].count()).isEqualTo(1);
    }
  }
}
