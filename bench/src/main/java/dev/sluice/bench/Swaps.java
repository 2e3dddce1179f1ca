package dev.sluice.bench;

import dev.sluice.load.LoadPlan;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What requests for one model see of the loads of another, beside what they see without.
 *
 * <p>A p99 of the time of one load has few requests above it, and a single stall of the machine is
 * most of them. So a round is several loads, each after a stretch of the same length without one,
 * and the latencies of all stretches of a kind are taken together. The server is kept busy at the
 * same rate before either kind, so that neither begins with a server that has slept, and a stretch
 * without a load does not begin before the version that the last one replaced is gone.
 *
 * <p>Used by one thread.
 */
final class Swaps {

  /**
   * How long and how often.
   *
   * @param window seconds of a stretch, no longer than a load takes at least
   * @param loads how many a round
   */
  record Span(double window, int loads) {}

  private record Both(Sample alone, Sample beside) {}

  /** What goes before a stretch without a load. */
  private static final double LEAD_SECONDS = 0.3;

  private static final double LONGEST_LEAD = 60;

  private final ArrivingVersions large;
  private final Server server;
  private final Loading loading;
  private final LoadPlan plan;
  private final Span span;
  private final PooledLoad alone = new PooledLoad();
  private final PooledLoad beside = new PooledLoad();
  private @Nullable Both measured;

  Swaps(ArrivingVersions large, Server server, Loading loading, LoadPlan plan, Span span) {
    this.large = large;
    this.server = server;
    this.loading = loading;
    this.plan = plan;
    this.span = span;
  }

  /** The requests of a round that met no load. */
  Sample alone(double seconds) throws Exception {
    return round(seconds).alone();
  }

  /** Those that met one. */
  Sample beside(double seconds) throws Exception {
    return round(seconds).beside();
  }

  /** Both are measured together, whichever is asked for first. */
  private Both round(double seconds) throws Exception {
    Both before = measured;
    if (before != null) {
      measured = null;
      return before;
    }
    Both now = measure(Math.min(seconds, span.window()));
    measured = now;
    return now;
  }

  private Both measure(double seconds) throws Exception {
    PooledLoad quiet = new PooledLoad();
    PooledLoad disturbed = new PooledLoad();
    for (int i = 0; i < span.loads(); i++) {
      busyUntil(() -> TimeUnit.MILLISECONDS.sleep((long) (LEAD_SECONDS * 1e3)));
      quiet.add(loading.justMeasure(plan, seconds));
      large.arrive();
      busyUntil(() -> large.awaitLoading(server));
      disturbed.add(loading.justMeasure(plan, seconds));
      large.awaitAvailable(server);
      large.awaitEndOfPredecessor(server);
    }
    alone.add(quiet);
    beside.add(disturbed);
    // The CPU beside a load is that of both.
    return new Both(quiet.sample(), disturbed.sample().without(Measure.CPU));
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Happening {
    void await() throws IOException, InterruptedException;
  }

  /** Keeps the server as busy as it is when it is measured, until something has happened. */
  private void busyUntil(Happening happening) throws IOException, InterruptedException {
    Thread load = Thread.ofPlatform().daemon().name("sluice-lead").start(this::lead);
    try {
      happening.await();
    } finally {
      load.interrupt();
      load.join();
    }
  }

  private void lead() {
    try {
      var _ = loading.generator().run(plan.withSpan(Loading.lasting(LONGEST_LEAD)));
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt(); // which is how it ends
    }
  }

  /** What a reader must know of it, after the rounds. */
  String note() {
    return "A round is %d loads of %.2f s at least, and a stretch of that length before each; its p99 has some %d requests above it without a load, %d beside one. The generator sent 99 in 100 requests no later than %.0f µs after they were due, beside a load %.0f µs; that is part of their latency."
        .formatted(
            span.loads(),
            span.window(),
            span.loads() * alone.above99(),
            span.loads() * beside.above99(),
            alone.lateMicros(),
            beside.lateMicros());
  }
}
