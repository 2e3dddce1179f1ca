package dev.sluice.bench;

import dev.sluice.cli.BenchVerb;
import dev.sluice.client.LoadGenerator;
import dev.sluice.server.Version;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A run of the bench: rows are measured one after the other, then the report is written. */
final class Bench {

  private static final String PICTURE_TITLE = "Predict, Boston: latency over rate";

  private final PrintStream out;
  private final BenchVerb.Options options;

  private Bench(PrintStream out, BenchVerb.Options options) {
    this.out = out;
    this.options = options;
  }

  /** Every row, in the order of the table. */
  static List<Row> rows() {
    return List.of(
        EchoRow.rest(),
        EchoRow.grpc(),
        new UnmergedRow(),
        new MergingRow(),
        new InProcessRow(),
        new ModelsRow(),
        new ImageRow(),
        new OverloadRow(),
        new NeighbourRow(),
        new StartRow(),
        new MemoryRow(),
        new CurveRow());
  }

  /**
   * Runs it, prints the table to {@code out} and progress to standard error.
   *
   * @return the exit code: 1 if a row broke off
   */
  static int run(PrintStream out, BenchVerb.Options options)
      throws IOException, InterruptedException {
    Bench bench = new Bench(out, options);
    try (Progress progress = Progress.on(System.err)) {
      Report report = bench.measure(progress);
      bench.write(report);
      return report.hasFailed() ? 1 : 0;
    }
  }

  private Report measure(Progress progress) throws IOException, InterruptedException {
    Files.createDirectories(options.out());
    Path home = options.home();
    progress.say("Looking for TensorFlow");
    Path libraries =
        new TensorFlowLibraries(
                TensorFlowLibraries.cacheDirectory(System.getenv()), progress::say)
            .directory();
    Workshop workshop =
        new Workshop(
            home,
            Files.createDirectories(home.resolve("bench/target/models")),
            libraries,
            options.out().resolve("logs"),
            LoadGenerator::run,
            options.quick(),
            progress::say);
    Files.createDirectories(workshop.logs());
    Machine machine = Machine.of(Path.of("/proc"), home, Version.TENSORFLOW);
    return report(machine, results(workshop, progress));
  }

  private List<RowResult> results(Workshop workshop, Progress progress)
      throws InterruptedException {
    Map<String, Row> rows =
        rows().stream().collect(Collectors.toMap(Row::name, Function.identity()));
    RowRunner runner = new RowRunner(options.rounds(), options.seconds(), progress::say);
    List<RowResult> results = new ArrayList<>();
    for (String name : options.rows()) {
      Row row = rows.get(name);
      if (row == null) {
        throw new IllegalStateException("the command line knows a row that is not: " + name);
      }
      progress.say(row.title());
      results.add(runner.run(row, workshop));
    }
    return results;
  }

  private Report report(Machine machine, List<RowResult> results) {
    List<Curve> curves =
        results.stream()
            .filter(result -> result.name().equals("curve"))
            .flatMap(result -> CurveRow.curves(result).stream())
            .toList();
    return new Report(
        machine,
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            ZonedDateTime.now().truncatedTo(ChronoUnit.MINUTES)),
        options.command(),
        options.rounds(),
        options.seconds(),
        results,
        curves);
  }

  private void write(Report report) throws IOException {
    String markdown = MarkdownReport.of(report);
    Path folder = options.out();
    Files.writeString(folder.resolve("bench.md"), markdown);
    Files.writeString(folder.resolve("bench.json"), JsonReport.of(report));
    if (!report.curves().isEmpty()) {
      Files.writeString(
          folder.resolve("latency.svg"), LatencyPicture.of(PICTURE_TITLE, report.curves()));
    }
    out.print(markdown);
    out.println();
    out.println("Written to " + folder);
    out.flush();
  }
}
