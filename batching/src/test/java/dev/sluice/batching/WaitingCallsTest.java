package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls that wait, held against a plain list of them. */
class WaitingCallsTest {

  private static final long NOW = 1_000_000_000;

  private final RowModel model = new RowModel();
  private final List<Call> calls = new ArrayList<>();
  private final WaitingCalls waiting = new WaitingCalls();

  @AfterEach
  void giveEverythingBack() {
    calls.forEach(Call::cancel);
    assertThat(model.counted().open()).isZero();
  }

  private QueuedCall entry(long deadlineNanos, Tensor... inputs) {
    Call call =
        model.call(
            new Call.Request(model, model.signature("half"), List.of(inputs)),
            deadlineNanos,
            (outputs, status) -> {});
    calls.add(call);
    return new QueuedCall(call, null, NOW);
  }

  private QueuedCall rows(int rows, int width, long deadlineNanos) {
    return entry(deadlineNanos, model.floats(Shape.of(rows, width), new float[rows * width]));
  }

  private QueuedCall rows(int rows) {
    return rows(rows, 1, Call.NO_DEADLINE);
  }

  /** A run costs this much for each element. */
  private static Plan plan(boolean merging, double nanosPerElement) {
    double[] elements = {1, 1000};
    double[] nanos = {nanosPerElement, 1000 * nanosPerElement};
    CostCurve curve = new CostCurve(elements, nanos);
    return new Plan(false, merging, 1000, 1000, curve, curve);
  }

  private void assertHolds(List<QueuedCall> expected) {
    assertThat(waiting.count()).isEqualTo(expected.size());
    assertThat(waiting.first()).isSameAs(expected.isEmpty() ? null : expected.getFirst());
    assertThat(waiting.bytes()).isEqualTo(expected.stream().mapToLong(call -> call.bytes).sum());
    assertThat(waiting.elements())
        .isCloseTo(expected.stream().mapToDouble(call -> call.elements).sum(), within(1e-6));
    assertThat(waiting.cost())
        .isCloseTo(expected.stream().mapToDouble(call -> call.cost).sum(), within(1e-6));
    List<QueuedCall> forwards = new ArrayList<>();
    for (QueuedCall call = waiting.first(); call != null; call = call.next) {
      forwards.add(call);
    }
    assertThat(forwards).isEqualTo(expected);
  }

  /** What a batch is, said in another way. */
  private static List<QueuedCall> batch(List<QueuedCall> all, Plan plan, double limit) {
    List<QueuedCall> batch = new ArrayList<>();
    double elements = 0;
    long patience = Long.MAX_VALUE;
    for (QueuedCall call : all) {
      if (!batch.isEmpty()
          && !(plan.merging() && AutomaticQueue.shareRun(batch.getFirst(), call))) {
        continue;
      }
      long deadline = call.call.deadlineNanos();
      elements += call.elements;
      patience = Math.min(patience, deadline == Call.NO_DEADLINE ? patience : deadline - NOW);
      boolean joins = elements <= limit && plan.best().nanos(elements) <= patience;
      if (!batch.isEmpty() && !joins) {
        break;
      }
      batch.add(call);
    }
    return batch;
  }

  @Test
  void randomLivesAreThoseOfAPlainList() {
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      List<QueuedCall> expected = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        int what = random.nextInt(10);
        if (what < 6) {
          long deadline = random.nextInt(4) == 0 ? NOW + 20 + random.nextInt(60) : Call.NO_DEADLINE;
          QueuedCall entry =
              random.nextInt(8) == 0
                  ? entry(deadline, model.floats(Shape.scalar(), 1))
                  : rows(1 + random.nextInt(5), 1 + random.nextInt(3), deadline);
          entry.bytes = random.nextInt(100);
          entry.cost = random.nextInt(100);
          waiting.add(entry);
          expected.add(entry);
        } else if (what < 8 && !expected.isEmpty()) {
          QueuedCall gone = expected.remove(random.nextInt(expected.size()));
          assertThat(waiting.remove(gone)).isTrue();
          assertThat(waiting.remove(gone)).as("a second time").isFalse();
        } else {
          Plan plan = plan(random.nextInt(4) > 0, 1 + random.nextInt(5));
          double limit = random.nextInt(20);
          List<QueuedCall> batch = batch(expected, plan, limit);
          expected.removeAll(batch);
          assertThat(waiting.take(plan, limit, NOW)).as("seed %d", seed).isEqualTo(batch);
        }
        assertHolds(expected);
      }
      new ArrayList<>(expected).forEach(waiting::remove);
      assertHolds(List.of());
    }
  }

  @Test
  void batchEndsWhereItWouldTakeTooMuchMemoryAgain() {
    QueuedCall one = rows(1);
    QueuedCall two = rows(1);
    QueuedCall three = rows(1);
    one.bytes = 40L << 20;
    two.bytes = 24L << 20;
    three.bytes = 1;
    List.of(one, two, three).forEach(waiting::add);
    assertThat(waiting.take(plan(true, 1), 100, NOW)).containsExactly(one, two);
    assertThat(waiting.take(plan(true, 1), 100, NOW)).containsExactly(three);
  }

  @Test
  void oldestIsTakenHoweverLargeAndLateItIs() {
    QueuedCall large = rows(50, 1, NOW - 5);
    large.bytes = 1L << 40;
    waiting.add(large);
    waiting.add(rows(1));
    assertThat(waiting.take(plan(true, 1), 1, NOW)).containsExactly(large);
  }

  @Test
  void callInPiecesSharesNoRun() {
    QueuedCall first = rows(1);
    QueuedCall inPieces = rows(1);
    inPieces.pieces = new Pieces();
    QueuedCall last = rows(1);
    List.of(first, inPieces, last).forEach(waiting::add);
    assertThat(waiting.take(plan(true, 1), 100, NOW)).containsExactly(first, last);
    assertThat(waiting.take(plan(true, 1), 100, NOW)).containsExactly(inPieces);
    assertThat(waiting.take(plan(true, 1), 100, NOW)).isEmpty();
  }
}
