package dev.sluice.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the JSON measurements and prints them as a table.
 *
 * <p>Times are CPU times of the measuring thread. A round takes each pair in turn: ours, then its
 * rivals, each for a few seconds in a JVM of its own. A ratio is formed within a round, between
 * neighbours in time, and its median over the rounds is what counts: whatever else the machine does
 * then hits both sides alike.
 */
public final class JsonTable {

  private static final String DECODE = JsonDecode.class.getName();
  private static final String ENCODE = JsonEncode.class.getName();

  private final int rounds;
  private final Map<String, Samples> rows = new LinkedHashMap<>();

  private JsonTable(int rounds) {
    this.rounds = rounds;
  }

  /** Takes the number of rounds, 5 if absent. */
  public static void main(String[] args) throws RunnerException {
    int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
    System.setProperty("jmh.ignoreLock", "true");
    JsonTable table = new JsonTable(rounds);
    for (int round = 1; round <= rounds; round++) {
      table.round(round);
    }
    table.print();
  }

  private void round(int round) throws RunnerException {
    System.err.printf("round %d of %d%n", round, rounds);
    for (JsonDecode.Body body : JsonDecode.Body.values()) {
      int bytes = body.bytes();
      for (String side : List.of("sluice", "jackson")) {
        measure("decode " + body, side, bytes, options(DECODE, side).param("body", body.name()));
      }
    }
    for (String side : List.of("sluice", "jackson", "recipe")) {
      measure("encode 1000 x 10", side, 0, options(ENCODE, side));
    }
  }

  private static ChainedOptionsBuilder options(String type, String method) {
    return new OptionsBuilder()
        .include("^" + type.replace(".", "\\.") + "\\." + method + "$")
        .addProfiler(GCProfiler.class)
        .forks(1)
        .warmupIterations(3)
        .warmupTime(TimeValue.milliseconds(700))
        .measurementIterations(5)
        .measurementTime(TimeValue.milliseconds(300))
        .jvmArgs(
            "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
  }

  private void measure(String what, String side, int bytes, ChainedOptionsBuilder options)
      throws RunnerException {
    Collection<RunResult> results = new Runner(options.build()).run();
    RunResult result = results.iterator().next();
    double nanos = secondary(result, "cpuNanos") / secondary(result, "operations");
    double allocated = secondary(result, "gc.alloc.rate.norm");
    rows.computeIfAbsent(what + "/" + side, key -> new Samples(what, side, bytes))
        .add(nanos, allocated);
  }

  private static double secondary(RunResult result, String name) {
    return Objects.requireNonNull(result.getSecondaryResults().get(name), name).getScore();
  }

  private void print() {
    System.out.printf(
        "%-20s %-8s %12s %9s %9s %14s   %s%n",
        "what",
        "side",
        "time",
        "MB/s",
        "spread",
        "bytes alloc.",
        "sluice is so many times as fast");
    for (Samples row : rows.values()) {
      double nanos = median(row.nanos);
      System.out.printf(
          "%-20s %-8s %12s %9s %8.0f%% %14s   %s%n",
          row.what,
          row.side,
          time(nanos),
          row.bytes == 0 ? "" : "%.0f".formatted(row.bytes * 1e3 / nanos),
          100 * (quartile(row.nanos, 3) - quartile(row.nanos, 1)) / nanos,
          "%,.0f".formatted(median(row.allocated)),
          ratio(row));
    }
  }

  private String ratio(Samples row) {
    Samples own = rows.get(row.what + "/sluice");
    if (own == null || own == row) {
      return "";
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      ratios.add(row.nanos.get(i) / own.nanos.get(i));
    }
    ratios.sort(null);
    return "%.2f (%.2f to %.2f)".formatted(median(ratios), ratios.getFirst(), ratios.getLast());
  }

  private static String time(double nanos) {
    return nanos < 1e4 ? "%.0f ns".formatted(nanos) : "%.1f us".formatted(nanos / 1e3);
  }

  private static double median(List<Double> values) {
    return quartile(values, 2);
  }

  private static double quartile(List<Double> values, int quarters) {
    List<Double> sorted = values.stream().sorted().toList();
    double position = (sorted.size() - 1) * quarters / 4.0;
    int below = (int) position;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (position - below) * (sorted.get(above) - sorted.get(below));
  }

  /** One side of one row: a figure per round. */
  private static final class Samples {

    private final String what;
    private final String side;
    private final int bytes;
    private final List<Double> nanos = new ArrayList<>();
    private final List<Double> allocated = new ArrayList<>();

    Samples(String what, String side, int bytes) {
      this.what = what;
      this.side = side;
      this.bytes = bytes;
    }

    void add(double time, double allocation) {
      nanos.add(time);
      allocated.add(allocation);
    }
  }
}
