package dev.sluice.server.log;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line that native code wrote, taken apart.
 *
 * @param level how much it matters to an operator; what TensorFlow calls information does not
 * @param source file and line of the source, as in {@code tensorflow/core/x.cc:12}; empty for a
 *     line that is none of TensorFlow's
 * @param message the rest of it
 */
record NativeLine(LogLevel level, String source, String message) {

  /** {@code 2026-11-23 07:00:00.123456: I tensorflow/core/x.cc:12] message}. */
  private static final Pattern OF_TENSORFLOW =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+: ([IWEF]) (\\S+)] ?(.*)");

  /** {@code I0000 00:00:1795417200.123456 1234 x.cc:12] message}, as Abseil and glog have it. */
  private static final Pattern OF_ABSEIL =
      Pattern.compile("([IWEF])[0-9]{4} [0-9:.]+ +[0-9]+ (\\S+)] ?(.*)");

  /** Abseil's excuse for writing before it was told where to. */
  private static final String EXCUSE = "WARNING: All log messages before absl::InitializeLog()";

  static NativeLine of(String line) {
    Matcher match = OF_TENSORFLOW.matcher(line);
    if (!match.matches()) {
      match = OF_ABSEIL.matcher(line);
    }
    if (match.matches()) {
      return new NativeLine(level(match.group(1)), match.group(2), match.group(3));
    }
    return line.startsWith(EXCUSE)
        ? new NativeLine(LogLevel.DEBUG, "absl", line)
        : new NativeLine(LogLevel.INFO, "", line);
  }

  private static LogLevel level(String letter) {
    return switch (letter) {
      case "I" -> LogLevel.DEBUG;
      case "W" -> LogLevel.WARNING;
      default -> LogLevel.ERROR;
    };
  }

  /** The line as an event. */
  LogEvent event() {
    return source.isEmpty()
        ? LogEvent.of("stderr", message)
        : LogEvent.of("tensorflow", message).with("source", source);
  }
}
