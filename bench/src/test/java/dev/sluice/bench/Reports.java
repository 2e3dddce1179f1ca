package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report with made-up figures. */
final class Reports {

  private static final Check RATE =
      Check.ratio(
          "REST predict", "HttpEcho", Measure.RATE, new Pair("ours", "theirs"), Reach.atLeast(0.8));

  private static final Check LATER =
      new Check(
          "same, 1 connection",
          "HttpEcho",
          "p50 later by",
          "µs",
          round -> round.get("ours", Measure.P50) - round.get("theirs", Measure.P50),
          Reach.atMost(100),
          null);

  private Reports() {}

  /**
   * One row that was measured in so many rounds, one that could not be run, one that was stated.
   */
  static Report of(int rounds) {
    List<Round> measured = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      measured.add(
          new Round(
              inOrder(
                  "ours",
                  sample(45_000 + 100 * i, 610 + i, 20.25),
                  "theirs",
                  sample(50_000, 505, 14))));
    }
    RowResult rest =
        new RowResult(
            "rest",
            "REST predict, Boston",
            measured,
            List.of(RATE.judge(measured), LATER.judge(measured)),
            List.of("One note.", "Another | note."),
            false);
    return new Report(
        new Machine(machine()),
        "2026-01-02T03:04Z",
        "./sluice bench --rounds=" + rounds,
        rounds,
        2,
        List.of(rest, notRun(), stated()),
        curves());
  }

  private static Sample sample(double rate, double p50, double cpu) {
    return Sample.EMPTY
        .with(Measure.CPU, cpu)
        .with(Measure.RATE, rate)
        .with(Measure.P50, p50)
        .with(Measure.P99, 3 * p50)
        .with(Measure.GENERATOR_CPU, 5);
  }

  private static RowResult notRun() {
    Check check =
        Check.ratio("CNN", "in-process", Measure.CPU, new Pair("a", "b"), Reach.atMost(1.05));
    return new RowResult(
        "image",
        "A CNN",
        List.of(),
        List.of(Judgement.notRun(check)),
        List.of("No Python."),
        false);
  }

  private static RowResult stated() {
    Sample memory = Sample.EMPTY.with(Measure.RSS, 512.4).with(Measure.ALLOCATED, 1234.5);
    return new RowResult(
        "memory",
        "Memory",
        List.of(new Round(Map.of("Sluice", memory))),
        List.of(),
        List.of(),
        false);
  }

  private static Map<String, String> machine() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("CPU", "A \"fast\" one");
    facts.put("Load before", "0.10");
    return facts;
  }

  private static Map<String, Sample> inOrder(String one, Sample ofOne, String two, Sample ofTwo) {
    Map<String, Sample> samples = new LinkedHashMap<>();
    samples.put(one, ofOne);
    samples.put(two, ofTwo);
    return samples;
  }

  /** Two series, the second of which has a tail. */
  static List<Curve> curves() {
    return List.of(
        new Curve(
            "REST, Sluice",
            List.of(
                new Curve.Point(5_000, 100, 220),
                new Curve.Point(25_000, 130, 480),
                new Curve.Point(41_000, 450, 2_600))),
        new Curve(
            "<echo> & co",
            List.of(new Curve.Point(6_000, 60, 150), new Curve.Point(52_000, 300, 9_000))));
  }
}
