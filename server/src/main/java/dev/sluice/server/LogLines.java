package dev.sluice.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The server's log: one line per event on standard error. */
final class LogLines extends Formatter {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  private static final Logger OURS = Logger.getLogger("dev.sluice");

  /** Warn, with a trace, of each call whose bytes make no sense: a client could fill the disk. */
  private static final List<Logger> FLOODED =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerStream"),
          Logger.getLogger("io.grpc.netty.NettyServerHandler"));

  private LogLines() {}

  /**
   * A log manager that keeps its handlers while the JVM ends. The JDK's own takes them away in a
   * shutdown hook, and with them the lines that say how the stop went.
   */
  public static final class Manager extends LogManager {
    private static volatile boolean installed;

    @Override
    public void reset() {
      if (!installed) {
        super.reset();
      }
    }
  }

  /** Makes this the format of every logger, and libraries quiet below warnings. */
  static void install() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    ConsoleHandler console = new ConsoleHandler();
    console.setFormatter(new LogLines());
    console.setLevel(Level.ALL);
    root.addHandler(console);
    root.setLevel(Level.WARNING);
    OURS.setLevel(Level.INFO);
    FLOODED.forEach(logger -> logger.setLevel(Level.SEVERE));
    Manager.installed = true;
  }

  @Override
  public String format(LogRecord event) {
    StringBuilder line = new StringBuilder();
    TIME.formatTo(Instant.ofEpochMilli(event.getMillis()), line);
    line.append(' ').append(letter(event.getLevel())).append(' ');
    line.append(formatMessage(event)).append('\n');
    if (event.getThrown() != null) {
      StringWriter trace = new StringWriter();
      event.getThrown().printStackTrace(new PrintWriter(trace));
      line.append(trace);
    }
    return line.toString();
  }

  private static char letter(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return 'E';
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return 'W';
    }
    return level.intValue() >= Level.INFO.intValue() ? 'I' : 'D';
  }
}
