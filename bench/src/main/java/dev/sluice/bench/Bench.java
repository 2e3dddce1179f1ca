package dev.sluice.bench;

import dev.sluice.cli.BenchVerb;
import dev.sluice.server.Version;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A run of the bench: rows are measured one after the other, then the report is written. */
final class Bench {

  private static final String PICTURE_TITLE = "Predict, Boston: latency over rate";

  private final BenchVerb.Options options;
  private final List<Row> rows;
  private final Progress progress;

  private Bench(BenchVerb.Options options, List<Row> rows, Progress progress) {
    this.options = options;
    this.rows = rows;
    this.progress = progress;
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
        new SwapRow(),
        new LookUpRow(),
        new StartRow(),
        new FirstRequestRow(),
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
    Progress progress = Progress.on(System.err);
    try {
      Bench bench = new Bench(options, rows(), progress);
      return bench.run(out, bench.workshop());
    } finally {
      progress.stop();
    }
  }

  /** The same with other rows in another place. */
  static int run(PrintStream out, BenchVerb.Options options, List<Row> rows, Workshop workshop)
      throws IOException, InterruptedException {
    Progress progress = Progress.on(System.err, System::nanoTime);
    return new Bench(options, rows, progress).run(out, workshop);
  }

  private int run(PrintStream out, Workshop workshop) throws IOException, InterruptedException {
    Machine machine = Machine.of(Path.of("/proc"), options.home(), Version.TENSORFLOW);
    Report report = report(machine, results(workshop));
    write(out, report);
    return report.hasFailed() ? 1 : 0;
  }

  private Workshop workshop() throws IOException {
    progress.say("Looking for TensorFlow");
    Path libraries =
        new TensorFlowLibraries(TensorFlowLibraries.cacheDirectory(System.getenv()), progress::say)
            .directory();
    return new Workshop(
        options.home(),
        Files.createDirectories(options.home().resolve("bench/target/models")),
        libraries,
        Files.createDirectories(options.out().resolve("logs")),
        new PromptGenerator(),
        options.quick(),
        progress::say);
  }

  private List<RowResult> results(Workshop workshop) throws InterruptedException {
    RowRunner runner = new RowRunner(options.rounds(), options.seconds(), progress::say);
    List<RowResult> results = new ArrayList<>();
    for (Row row : rows) {
      if (options.rows().contains(row.name())) {
        progress.say(row.title());
        results.add(runner.run(row, workshop));
      }
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
            ZonedDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MINUTES)),
        options.command(),
        options.rounds(),
        options.seconds(),
        results,
        curves);
  }

  private void write(PrintStream out, Report report) throws IOException {
    String markdown = MarkdownReport.of(report);
    Path folder = Files.createDirectories(options.out());
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
