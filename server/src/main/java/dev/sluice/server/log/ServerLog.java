package dev.sluice.server.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.tensorflow.StandardError;
import java.io.PrintStream;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * The log of the process: one line per event on standard error, in text or in JSON, from a level on
 * that may be changed while the process runs.
 *
 * <p>It is what the JDK's loggers write to, so whoever has a {@link Logger} writes to it: our own
 * code at our own level, libraries at theirs. A process has one, and only where it is {@link
 * #install installed}: a program in which the server is a part keeps its own log.
 *
 * <p>Thread-safe. Lines are written by those who have something to say, one after the other.
 */
public final class ServerLog {

  private static final Logger LOG = System.getLogger(ServerLog.class.getName());

  private static final java.util.logging.Logger ROOT = java.util.logging.Logger.getLogger("");

  private static final java.util.logging.Logger OURS =
      java.util.logging.Logger.getLogger("dev.sluice");

  /** Warn, with a trace, of each call whose bytes make no sense: a client could fill the disk. */
  private static final List<java.util.logging.Logger> FLOODED =
      List.of(
          java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerStream"),
          java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerHandler"));

  private static final Output OUTPUT = new Output(System.err);

  private static volatile LogFormat format = LogFormat.TEXT;

  private static @Nullable NativeLines natives;

  private ServerLog() {}

  /** From which level on lines are written: those of Sluice, and those of libraries. */
  public record Levels(LogLevel own, LogLevel libraries) {}

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

  /** Writes lines as they come, each at once. */
  private static final class Output extends Handler {

    /** Writes a whole line, at once. */
    @GuardedBy("this") private Consumer<byte[]> target;

    Output(PrintStream stream) {
      this.target =
          line -> {
            stream.write(line, 0, line.length);
            stream.flush();
          };
    }

    synchronized void become(Consumer<byte[]> other) {
      target = other;
    }

    @Override
    public void publish(LogRecord record) {
      LogLine line = new LogLine(record);
      LogFormat now = format;
      LogLevel level = line.level(now);
      boolean quiet = level.jdk().intValue() < record.getLevel().intValue();
      if (quiet && levels().own().compareTo(level) > 0) {
        return;
      }
      byte[] bytes = line.in(now).getBytes(StandardCharsets.UTF_8);
      synchronized (this) {
        target.accept(bytes);
      }
    }

    @Override
    public void flush() {} // nothing waits

    @Override
    public void close() {}
  }

  /**
   * Makes standard error the log of the process: in text, our own lines from information on, those
   * of libraries from warnings on.
   */
  public static void install() {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    ROOT.addHandler(OUTPUT);
    become(new Levels(LogLevel.INFO, LogLevel.WARNING));
    FLOODED.forEach(logger -> logger.setLevel(java.util.logging.Level.SEVERE));
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) ->
        LOG.log(
            Logger.Level.ERROR,
            "The thread " + thread.getName() + " has ended by what it did not expect",
            failure));
    Manager.installed = true;
  }

  /**
   * Writes in this format from now on, and our own lines from this level on. In JSON what others
   * write to standard error is told of as events as well, where the system lets us read it: a line
   * of another form would be in the way of whoever reads objects.
   */
  public static synchronized void configure(LogFormat wanted, LogLevel level) {
    format = wanted;
    if (wanted == LogFormat.JSON && natives == null) {
      StandardError.take().ifPresent(ServerLog::readNativeLines);
    }
    become(new Levels(level, LogLevel.WARNING));
  }

  private static synchronized void readNativeLines(StandardError taken) {
    OUTPUT.become(taken::write);
    natives = NativeLines.of(taken);
  }

  /** Whether what native code writes becomes events. */
  public static synchronized boolean readsNativeLines() {
    return natives != null;
  }

  /** Tells what others have written to standard error so far; what comes later is not told of. */
  public static synchronized void end() {
    if (natives != null) {
      natives.end();
      natives = null;
    }
  }

  /** The format of the lines. */
  public static LogFormat format() {
    return format;
  }

  /** From which levels on lines are written. */
  public static Levels levels() {
    return new Levels(of(OURS), of(ROOT));
  }

  private static LogLevel of(java.util.logging.Logger logger) {
    java.util.logging.Level level = logger.getLevel();
    return level == null ? LogLevel.INFO : LogLevel.of(level);
  }

  /** Writes from these levels on, and says so where that is another than before. */
  public static synchronized void change(Levels wanted) {
    Levels before = levels();
    become(wanted);
    if (!before.equals(wanted)) {
      LogEvent.of(
              "log_level",
              "The log now has lines from "
                  + wanted.own().label()
                  + " on, those of libraries from "
                  + wanted.libraries().label()
                  + " on")
          .with("own", wanted.own().label())
          .with("libraries", wanted.libraries().label())
          .log(LOG, Logger.Level.INFO);
    }
  }

  private static void become(Levels levels) {
    OURS.setLevel(levels.own().jdk());
    ROOT.setLevel(levels.libraries().jdk());
  }
}
