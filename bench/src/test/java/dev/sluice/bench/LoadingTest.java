package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.load.LoadCost;
import dev.sluice.load.LoadCounts;
import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadResult;
import dev.sluice.load.LoadTarget;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the figures of a load, with a made-up load and a made-up process. */
class LoadingTest {

  private static final LoadPlan PLAN =
      LoadPlan.of(LoadTarget.rest(new InetSocketAddress("127.0.0.1", 1), "/"), new byte[1]);

  @TempDir Path process;

  private final List<Duration> loads = new ArrayList<>();
  private long ticks = 100;

  @BeforeEach
  void hasUsedASecondSoFar() {
    use(0);
  }

  private void use(long moreTicks) {
    ticks += moreTicks;
    try {
      Files.createDirectories(process.resolve("task"));
      Files.writeString(
          process.resolve("stat"),
          "1 (java) S 1 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 1 0 1 1 1".formatted(ticks));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A server that uses 10 ms for each request, under loads of 50. */
  private Loading loading(int failed) {
    return new Loading(
        plan -> {
          loads.add(plan.span().duration());
          use(50);
          Histogram latency = new Histogram(3);
          for (int i = 1; i <= 50 - failed; i++) {
            latency.recordValue(i * 1000L);
          }
          return new LoadResult(
              new LoadCounts(50, 50 - failed, 0, failed, 0, 0, 0),
              new TreeMap<>(),
              latency,
              new Histogram(3),
              new Histogram(3),
              new LoadCost(2_000_000_000L, 50 - failed, 0, 0, 250_000),
              failed == 0 ? null : "HTTP 503");
        },
        new ProcStat(process));
  }

  @Test
  void figuresAreThoseOfTheLoadAfterTheDiscardedOne() throws Exception {
    Sample sample = loading(0).take(PLAN, 2);
    assertThat(loads).containsExactly(Duration.ofMillis(300), Duration.ofSeconds(2));
    assertThat(sample.get(Measure.CPU)).isEqualTo(10_000);
    assertThat(sample.get(Measure.RATE)).isEqualTo(25);
    assertThat(sample.get(Measure.P50)).isBetween(24.9, 25.1);
    assertThat(sample.get(Measure.GENERATOR_CPU)).isEqualTo(5);
  }

  @Test
  void figuresOfAServerThatFailsAreRefused() {
    assertThatThrownBy(() -> loading(1).take(PLAN, 2))
        .isInstanceOf(StatusException.class)
        .hasMessage("1 of 50 requests failed, expected none: HTTP 503");
  }

  @Test
  void backdropEndsWhenItIsTold() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Backdrop backdrop =
        Backdrop.start(
            _ -> {
              running.countDown();
              never.await();
              return null;
            },
            PLAN);
    assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
    backdrop.end();
  }

  @Test
  void backdropThatFailedIsSaid() {
    CountDownLatch failed = new CountDownLatch(1);
    Backdrop backdrop =
        Backdrop.start(
            _ -> {
              failed.countDown();
              throw StatusException.unavailable("refused");
            },
            PLAN);
    assertThatThrownBy(
            () -> {
              assertThat(failed.await(60, TimeUnit.SECONDS)).isTrue();
              backdrop.end();
            })
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("ended before its time")
        .hasMessageContaining("refused");
  }
}
