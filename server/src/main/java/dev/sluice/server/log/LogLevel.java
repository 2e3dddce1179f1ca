package dev.sluice.server.log;

import dev.sluice.status.StatusException;
import java.util.Locale;
import java.util.logging.Level;

/** How much a line of the log matters, the least first. */
public enum LogLevel {
  DEBUG,
  INFO,
  WARNING,
  ERROR;

  /**
   * The level of that name, in lower case.
   *
   * @param place who names it, for the error
   * @throws StatusException INVALID_ARGUMENT if there is none
   */
  public static LogLevel named(String name, String place) {
    for (LogLevel level : values()) {
      if (level.label().equals(name)) {
        return level;
      }
    }
    throw StatusException.invalidArgument(
        "%s is %s, expected debug, info, warning or error", place, name);
  }

  /** The name, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As lines in text begin. */
  char letter() {
    return name().charAt(0);
  }

  /** The JDK's own. */
  Level jdk() {
    return switch (this) {
      case DEBUG -> Level.FINE;
      case INFO -> Level.INFO;
      case WARNING -> Level.WARNING;
      case ERROR -> Level.SEVERE;
    };
  }

  /** That of who logs. */
  System.Logger.Level system() {
    return switch (this) {
      case DEBUG -> System.Logger.Level.DEBUG;
      case INFO -> System.Logger.Level.INFO;
      case WARNING -> System.Logger.Level.WARNING;
      case ERROR -> System.Logger.Level.ERROR;
    };
  }

  /** The highest that is not above one of the JDK's. */
  static LogLevel of(Level level) {
    LogLevel found = DEBUG;
    for (LogLevel candidate : values()) {
      if (candidate.jdk().intValue() <= level.intValue()) {
        found = candidate;
      }
    }
    return found;
  }
}
