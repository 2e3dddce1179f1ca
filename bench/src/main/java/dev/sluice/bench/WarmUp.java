package dev.sluice.bench;

import dev.sluice.bench.Side.Measurement;
import java.util.List;
import java.util.function.Consumer;

/**
 * Lets a side run until it has become steady: a JVM compiles while it runs, and a figure from
 * before is one of the compiler. At a few hundred requests a second that goes on for half a minute.
 *
 * @param piece seconds of one look
 * @param most looks at the most
 */
record WarmUp(double piece, int most, Consumer<String> progress) {

  /** Two neighbours may differ by so much, twice. */
  private static final double DRIFT = 0.04;

  /** Of the CPU, in per cent: what compilers may still take. */
  private static final double COMPILING = 2;

  private static final int LEAST = 3;

  static WarmUp of(Workshop workshop) {
    return workshop.quick()
        ? new WarmUp(0.1, 1, workshop.progress())
        : new WarmUp(1.0, 20, workshop.progress());
  }

  /** All sides of a row by CPU per request, in turn. */
  void warm(List<Side> sides) throws Exception {
    for (Side side : sides) {
      progress.accept("warming up: " + side.name());
      warm(side.measurement());
    }
  }

  /**
   * Takes looks until the last three agree and hardly anything was compiled in the last two.
   *
   * @return how many there were
   */
  int warm(Measurement measurement) throws Exception {
    double previous = Double.NaN;
    int calm = 0;
    for (int look = 1; look <= most; look++) {
      Sample sample = measurement.take(piece);
      double now = figure(sample);
      boolean steady = Math.abs(now - previous) <= DRIFT * previous && isCompiled(sample);
      calm = steady ? calm + 1 : 0;
      if (calm >= 2 && look >= LEAST) {
        return look;
      }
      previous = now;
    }
    return most;
  }

  private static boolean isCompiled(Sample sample) {
    return sample.values().getOrDefault(Measure.COMPILING, 0.0) <= COMPILING;
  }

  private static double figure(Sample sample) {
    Double cpu = sample.values().get(Measure.CPU);
    return cpu == null ? sample.values().values().iterator().next() : cpu;
  }
}
