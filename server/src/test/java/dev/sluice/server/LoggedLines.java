package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs in this JVM while this is open. */
public final class LoggedLines extends Handler implements AutoCloseable {

  private final Logger logger;
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();

  private LoggedLines(Logger logger) {
    this.logger = logger;
    setFormatter(new SimpleFormatter());
  }

  public static LoggedLines of(Class<?> type) {
    return of(type.getName());
  }

  static LoggedLines of(String name) {
    LoggedLines lines = new LoggedLines(Logger.getLogger(name));
    lines.logger.addHandler(lines);
    return lines;
  }

  @Override
  public void publish(LogRecord event) {
    lines.add(getFormatter().formatMessage(event));
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Waits for a line with this text. */
  void await(String text) {
    for (int i = 0; i < 6000 && lines.stream().noneMatch(line -> line.contains(text)); i++) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(lines).anyMatch(line -> line.contains(text));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
