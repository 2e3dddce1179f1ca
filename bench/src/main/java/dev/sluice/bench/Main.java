package dev.sluice.bench;

import dev.sluice.cli.BenchVerb;
import java.util.logging.LogManager;

/** What {@code ./sluice bench} starts. */
public final class Main {

  private Main() {}

  /** Ends with 0 whatever the figures are, 1 if a row broke off, 2 for a wrong command line. */
  public static void main(String[] arguments) {
    LogManager.getLogManager().reset(); // what libraries log has no place between the lines
    System.exit(BenchVerb.run(options -> Bench.run(System.out, options), arguments));
  }
}
