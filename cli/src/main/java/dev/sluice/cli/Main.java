package dev.sluice.cli;

import java.util.logging.LogManager;

/** The launcher's verbs other than serve. */
public final class Main {

  private Main() {}

  /** Ends with the verb's exit code: 0 for success, 1 for failure, 2 for a wrong command line. */
  public static void main(String[] arguments) {
    // A verb's output is its own: what libraries log has no place in it. The demo logs as the
    // server
    // does and sets that up itself.
    boolean logs = arguments.length > 0 && arguments[0].equals(DemoVerb.NAME);
    if (!logs) {
      LogManager.getLogManager().reset();
    }
    System.exit(Verbs.of(Console.ofProcess()).execute(arguments));
  }
}
