package dev.sluice.server;

import java.text.MessageFormat;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;

/** A logger that keeps its lines: {@code ERROR text}. */
public final class LogRecorder implements System.Logger {

  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Level and text of each line so far. */
  public List<String> lines() {
    return lines;
  }

  @Override
  public String getName() {
    return "recorder";
  }

  @Override
  public boolean isLoggable(Level level) {
    return true;
  }

  @Override
  public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
    lines.add(level + " " + message);
  }

  @Override
  public void log(Level level, ResourceBundle bundle, String format, Object... arguments) {
    boolean plain = arguments == null || arguments.length == 0;
    lines.add(level + " " + (plain ? format : MessageFormat.format(format, arguments)));
  }
}
