package dev.sluice.server.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of the log before it is written. What was logged as a {@link LogEvent} has its name; a
 * line in words alone gets one by who says it.
 */
final class LogLine {

  private static final DateTimeFormatter TEXT_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private static final DateTimeFormatter JSON_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private static final Formatter WORDS = new SimpleFormatter();

  private static final String OURS = "dev.sluice.";

  /** Whom a class speaks for, by its name, where that says more than the name itself. */
  private static final Map<String, String> EVENTS =
      Map.ofEntries(
          Map.entry("FileSystemSource", "storage"),
          Map.entry("Arrivals", "version_held_back"),
          Map.entry("ContentChanges", "version_files_changed"),
          Map.entry("LoadRetry", "load_attempt"),
          Map.entry("Admission", "memory_budget"),
          Map.entry("LoaderHarness", "version_step"),
          Map.entry("BasicManager", "version_step"),
          Map.entry("ModelReload", "config"),
          Map.entry("ModelConfigText", "config"),
          Map.entry("VersionLabels", "label"),
          Map.entry("WarmUp", "warm_up"),
          Map.entry("SyntheticWarmUp", "warm_up"));

  /** How lines in words name a version, as those of TensorFlow Serving do. */
  private static final Pattern VERSION =
      Pattern.compile("\\{name: (.+?) version: (-?[0-9]{1,18})}");

  private final LogRecord record;
  private final @Nullable LogEvent event;

  LogLine(LogRecord record) {
    this.record = record;
    Object[] parameters = record.getParameters();
    this.event =
        parameters != null && parameters.length == 1 && parameters[0] instanceof LogEvent told
            ? told
            : null;
  }

  /** How much it matters in this format: what is said in other words as well matters little. */
  LogLevel level(LogFormat format) {
    boolean saidElsewhere =
        switch (format) {
          case TEXT -> event != null && event.saidInText();
          case JSON -> isStep();
        };
    return saidElsewhere ? LogLevel.DEBUG : LogLevel.of(record.getLevel());
  }

  /** Whether it tells in words alone of a version or a config what events tell as well. */
  private boolean isStep() {
    if (event != null || record.getThrown() != null) {
      return false;
    }
    boolean informs = record.getLevel().intValue() <= Level.INFO.intValue();
    return switch (name()) {
      case "version_step" -> true;
      case "config" -> informs;
      default -> false;
    };
  }

  private String name() {
    if (event != null) {
      return event.name();
    }
    String logger = String.valueOf(record.getLoggerName());
    if (!logger.startsWith(OURS)) {
      return "library";
    }
    return EVENTS.getOrDefault(logger.substring(logger.lastIndexOf('.') + 1), "message");
  }

  private String words() {
    return WORDS.formatMessage(record);
  }

  String in(LogFormat format) {
    return switch (format) {
      case TEXT -> text();
      case JSON -> json();
    };
  }

  private String text() {
    StringBuilder line = new StringBuilder();
    TEXT_TIME.formatTo(Instant.ofEpochMilli(record.getMillis()), line);
    line.append(' ').append(LogLevel.of(record.getLevel()).letter()).append(' ');
    return line.append(words()).append('\n').append(trace()).toString();
  }

  private String trace() {
    Throwable thrown = record.getThrown();
    if (thrown == null) {
      return "";
    }
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  private String json() {
    JsonLine line =
        new JsonLine()
            .with("time", JSON_TIME.format(Instant.ofEpochMilli(record.getMillis())))
            .with("level", LogLevel.of(record.getLevel()).label())
            .with("event", name());
    String words = words();
    if (event == null) {
      addVersion(line, words);
    } else {
      event.members().forEach(line::with);
    }
    line.with("message", words);
    if (event == null) {
      line.with("logger", record.getLoggerName());
    }
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.with("error", thrown).with("trace", trace());
    }
    return line.end();
  }

  private static void addVersion(JsonLine line, String words) {
    Matcher version = VERSION.matcher(words);
    if (version.find()) {
      line.with("model", version.group(1)).with("version", Long.parseLong(version.group(2)));
    }
  }
}
