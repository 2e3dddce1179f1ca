package dev.sluice.server.log;

import dev.sluice.status.StatusException;

/** What a line of the log looks like. */
public enum LogFormat {
  /** For people: time, level, what happened. */
  TEXT,
  /** For programs: an object. */
  JSON;

  /**
   * The format of that name.
   *
   * @param flag who names it, for the error
   * @throws StatusException INVALID_ARGUMENT if there is none
   */
  public static LogFormat named(String name, String flag) {
    return switch (name) {
      case "text" -> TEXT;
      case "json" -> JSON;
      default ->
          throw StatusException.invalidArgument("%s is %s, expected text or json", flag, name);
    };
  }
}
