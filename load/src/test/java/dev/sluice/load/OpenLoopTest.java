package dev.sluice.load;

import static dev.sluice.load.ScriptedHttpServer.ok;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.LoadPace.Arrivals;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

  private static final byte[] BODY = "{\"instances\": [1]}".getBytes(US_ASCII);
  private static final byte[] ANSWER = "{\"predictions\": [2.5]}".getBytes(US_ASCII);
  private static final Duration WARM_UP = Duration.ofMillis(100);

  @Test
  void everyRequestThatIsDueIsSent() throws Exception {
    try (ScriptedHttpServer server = ScriptedHttpServer.start((n, r) -> ok(ANSWER))) {
      LoadResult result =
          LoadGenerator.run(
              plan(server, Duration.ofMillis(500))
                  .withPace(new LoadPace.Open(800, Arrivals.CONSTANT, 8, 1))
                  .withThreads(3));
      assertThat(result.counts()).isEqualTo(new LoadCounts(400, 400, 0, 0, 0, 0, 0));
      assertThat(server.requests).hasValue(480);
      assertThat(result.lateness().getTotalCount()).isEqualTo(400);
    }
  }

  /**
   * A server that does nothing in the first 200 ms of every 500. Requests that are due then have to
   * wait; a generator that sends none while it waits for an answer sees one of them a connection.
   */
  @Test
  void stallShowsInEveryRequestThatItHeldUp() throws Exception {
    long start = System.nanoTime();
    long period = TimeUnit.MILLISECONDS.toNanos(500);
    long stall = TimeUnit.MILLISECONDS.toNanos(200);
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> {
          long into = (System.nanoTime() - start) % period;
          if (into < stall) {
            ScriptedHttpServer.waitUntil(System.nanoTime() + stall - into);
          }
          return ok(ANSWER);
        })) {
      LoadPlan plan = plan(server, Duration.ofMillis(1500));
      Histogram open = LoadGenerator.run(plan.withPace(LoadPace.open(1000, 4))).latency();
      Histogram closed = LoadGenerator.run(plan.withPace(LoadPace.closed(4))).latency();

      // Two fifths of the time are stalls, so a fifth of what is due has to wait for over 100 ms.
      assertThat(open.getTotalCount()).isEqualTo(1500);
      assertThat(above100Millis(open)).isGreaterThan(0.17);
      assertThat(open.getValueAtPercentile(99)).isGreaterThan(150_000_000);
      // It is there in a closed loop too, but 4 times in each stall only.
      assertThat(above100Millis(closed)).isLessThan(0.05);
    }
  }

  @Test
  void whatFindsNoStreamWithinTheTimeoutIsNotSent() throws Exception {
    try (ScriptedHttpServer server =
        ScriptedHttpServer.start((n, r) -> {
          ScriptedHttpServer.waitUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(170));
          return ok(ANSWER);
        })) {
      LoadResult result =
          LoadGenerator.run(
              plan(server, Duration.ofMillis(300))
                  .withPace(LoadPace.open(1000, 2))
                  .withTimeout(Duration.ofMillis(50)));
      LoadCounts counts = result.counts();
      assertThat(counts.sent() + counts.unsent()).isEqualTo(300);
      assertThat(counts.timedOut()).isEqualTo(counts.sent()).isPositive();
      assertThat(counts.unsent()).isPositive();
      assertThat(counts.failed()).isEqualTo(300);
      assertThat(result.latency().getTotalCount()).isZero();
    }
  }

  private static double above100Millis(Histogram latency) {
    return (double) latency.getCountBetweenValues(100_000_000, latency.getHighestTrackableValue())
        / latency.getTotalCount();
  }

  private static LoadPlan plan(ScriptedHttpServer server, Duration duration) {
    return LoadPlan.of(server.target(), BODY)
        .withSpan(LoadSpan.lasting(WARM_UP, duration))
        .withTimeout(Duration.ofSeconds(60));
  }
}
