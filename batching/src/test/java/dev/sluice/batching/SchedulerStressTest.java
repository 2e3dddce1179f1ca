package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.SumModel.Sums;
import dev.sluice.model.RunTraits;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many threads, event loops and others, several models, and everything that can go wrong: every
 * call is answered exactly once, every answer is that of a model that is asked alone, every tensor
 * is closed once, and no thread is left.
 */
class SchedulerStressTest {

  private static final int THREADS = 6;

  private static final ThreadLocal<@Nullable FakeLoop> LOOPS = new ThreadLocal<>();

  private final List<SumModel> models = new ArrayList<>();

  private record Sent(Call call, Sums answer, float[] row, int rows) {}

  @Test
  void everyAnswerIsThatOfALoneCall() throws Exception {
    run(42, 400);
  }

  @Tag("stress")
  @Test
  void everyAnswerIsThatOfALoneCallForManySeeds() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      run(seed, 1000);
    }
  }

  private void run(int seed, int rounds) throws Exception {
    models.clear();
    Random random = new Random(seed);
    models.add(new SumModel(SumModel.CHEAP));
    models.add(new SumModel(SumModel.COUPLED));
    models.add(new SumModel(SumModel.WAITING).body(rows -> spin(50_000)));
    models.add(new SumModel(RunTraits.UNKNOWN));
    models.add(new SumModel(SumModel.CHEAP).body(rows -> spin(rows * 20_000)));
    models.forEach(SumModel::withoutRecord);
    List<List<Sent>> sent = new ArrayList<>();
    RunScheduler scheduler =
        new RunScheduler(
            new RunScheduler.Options(
                3,
                64,
                System::nanoTime,
                () -> {
                  FakeLoop loop = LOOPS.get();
                  return loop == null ? null : loop.current();
                },
                new Batching.Automatic()));
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        List<Sent> mine = new ArrayList<>();
        sent.add(mine);
        long own = random.nextLong();
        boolean isLoop = i < 3;
        done.add(threads.submit(() -> submitAll(scheduler, new Random(own), isLoop, rounds, mine)));
      }
      if (seed % 2 == 1) {
        done.get(0).get(60, TimeUnit.SECONDS);
        scheduler.close(); // while the others go on
      }
      for (Future<?> each : done) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
    Map<StatusCode, Integer> outcomes = new EnumMap<>(StatusCode.class);
    for (List<Sent> mine : sent) {
      for (Sent one : mine) {
        StatusCode code = check(one);
        outcomes.merge(code, 1, Integer::sum);
      }
    }
    scheduler.close();
    System.out.println("Stress, seed " + seed + ": " + outcomes);
    for (SumModel model : models) {
      assertThat(model.loans()).as("loans").isZero();
      assertThat(model.tensors.open()).as("open tensors").isZero();
      assertThat(model.tensors.closedTwice()).as("tensors closed twice").isZero();
    }
    assertThat(outcomes).containsKeys(StatusCode.OK, StatusCode.INVALID_ARGUMENT);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("sluice-run-"));
  }

  private static StatusCode check(Sent one) throws InterruptedException {
    StatusCode code = one.answer().await().code();
    assertThat(one.answer().count()).isEqualTo(1);
    boolean guilty = hasNan(one.row());
    if (code == StatusCode.OK) {
      assertThat(guilty).as("a failing row was answered").isFalse();
      assertThat(one.answer().sums()).containsExactly(sums(one.row(), one.rows()));
    } else if (code == StatusCode.INVALID_ARGUMENT) {
      assertThat(guilty).as("failed by another's row").isTrue();
    } else {
      assertThat(code)
          .isIn(StatusCode.CANCELLED, StatusCode.DEADLINE_EXCEEDED, StatusCode.UNAVAILABLE);
    }
    return code;
  }

  private Object submitAll(
      RunScheduler scheduler, Random random, boolean isLoop, int rounds, List<Sent> sent) {
    FakeLoop loop = new FakeLoop();
    if (isLoop) {
      LOOPS.set(loop);
    }
    try {
      for (int round = 0; round < rounds; round++) {
        List<Call> cancelled = new ArrayList<>();
        loop.turn(() -> {
          int count = random.nextInt(12);
          for (int i = 0; i < count; i++) {
            Sent one = make(random);
            sent.add(one);
            int fate = random.nextInt(40);
            if (fate == 0) {
              one.call().cancel();
            } else if (fate < 3) {
              cancelled.add(one.call());
            }
            scheduler.submit(one.call());
            if (fate == 3) {
              one.call().cancel();
            }
          }
          if (random.nextInt(50) == 0) {
            scheduler.forget(models.get(random.nextInt(models.size())));
          }
        });
        cancelled.forEach(Call::cancel);
        spin(random.nextInt(100_000));
      }
    } finally {
      LOOPS.remove();
    }
    return sent;
  }

  private Sent make(Random random) {
    SumModel model = models.get(random.nextInt(models.size()));
    int rows = random.nextInt(60) == 0 ? 100 + random.nextInt(300) : 1 + random.nextInt(3);
    int width = 1 + random.nextInt(3);
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(1000);
    }
    if (random.nextInt(30) == 0) {
      values[random.nextInt(values.length)] = Float.NaN;
    }
    long deadline =
        switch (random.nextInt(4)) {
          case 0 -> Call.NO_DEADLINE;
          case 1 -> System.nanoTime() + random.nextInt(3_000_000) - 100_000;
          default -> System.nanoTime() + 30_000_000_000L;
        };
    Sums answer = new Sums();
    return new Sent(model.callOf(rows, deadline, answer, values), answer, values, rows);
  }

  private static boolean hasNan(float[] values) {
    for (float value : values) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  private static float[] sums(float[] values, int rows) {
    float[] sums = new float[rows];
    int width = values.length / rows;
    for (int i = 0; i < values.length; i++) {
      sums[i / width] += values[i];
    }
    return sums;
  }

  private static void spin(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
