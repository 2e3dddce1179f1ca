package dev.sluice.bench;

import dev.sluice.load.LoadCounts;
import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadResult;
import dev.sluice.load.LoadSpan;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Loads on a server and what they cost it.
 *
 * <p>CPU time is that of the server's process, from just before the first request to just after the
 * last answer, by the number of requests. A short load of the same kind goes before and is
 * discarded.
 *
 * @param cpu of the server's process
 */
record Loading(Workshop.Generator generator, ProcStat cpu) {

  private static final double LEAD_SECONDS = 0.3;

  /** A request in a thousand may fail before figures are no figures. */
  private static final double MOST_FAILURES = 0.001;

  static Loading of(Workshop workshop, Server server) {
    return new Loading(workshop.generator(), server.process().stat());
  }

  /**
   * A load under which nothing is to fail.
   *
   * @throws StatusException FAILED_PRECONDITION if more than a request in a thousand did
   */
  Sample take(LoadPlan plan, double seconds) throws IOException, InterruptedException {
    return measure(plan, seconds).requireGood().sample();
  }

  /** What a load found, with what it cost the server. */
  record Measured(LoadResult result, double cpuMicros, double compilerMicros) {

    /**
     * This.
     *
     * @throws StatusException FAILED_PRECONDITION if more than a request in a thousand failed
     */
    Measured requireGood() {
      LoadCounts counts = result.counts();
      if (counts.right() == 0 || counts.failed() > MOST_FAILURES * counts.sent()) {
        throw StatusException.failedPrecondition(
            "%d of %d requests failed, expected none: %s",
            counts.failed(), counts.sent(), result.firstFailure());
      }
      return this;
    }

    /** The usual figures. */
    Sample sample() {
      Histogram latency = result.latency();
      return Sample.EMPTY
          .with(Measure.CPU, cpuMicros / Math.max(1, result.counts().sent()))
          .with(Measure.RATE, result.rate())
          .with(Measure.P50, latency.getValueAtPercentile(50) / 1e3)
          .with(Measure.P99, latency.getValueAtPercentile(99) / 1e3)
          .with(Measure.COMPILING, 100 * compilerMicros / Math.max(1, cpuMicros))
          .with(
              Measure.GENERATOR_CPU,
              result.cost().cpuNanos() / 1e3 / Math.max(1, result.counts().sent()));
    }
  }

  /** Any load, whatever becomes of its requests. */
  Measured measure(LoadPlan plan, double seconds) throws IOException, InterruptedException {
    var _ = generator.run(plan.withSpan(lasting(Math.min(LEAD_SECONDS, seconds))));
    return justMeasure(plan, seconds);
  }

  /** The same without a load before it. */
  Measured justMeasure(LoadPlan plan, double seconds) throws IOException, InterruptedException {
    double before = cpu.cpuMicros();
    double compiled = cpu.compilerMicros();
    LoadResult result = generator.run(plan.withSpan(lasting(seconds)));
    // A compiler's thread that ended meanwhile takes what it had used with it.
    double compiling = Math.max(0, cpu.compilerMicros() - compiled);
    return new Measured(result, cpu.cpuMicros() - before, compiling);
  }

  static LoadSpan lasting(double seconds) {
    return LoadSpan.lasting(Duration.ZERO, Duration.ofNanos((long) (seconds * 1e9)));
  }
}
