package dev.sluice.server.log;

import dev.sluice.core.ServableId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that an operator needs to know, once: a line of the log in words, and the same in
 * members for programs. Immutable.
 *
 * @param name what happened, in lower case with underscores: {@code version_loaded}
 * @param message the same in words, in one line
 * @param members text, numbers, truth values, and lists of these, by their names; in this order
 * @param saidInText whether other lines say the same, so that this one is for JSON only; in text it
 *     shows at the level of debug
 */
public record LogEvent(
    String name, String message, Map<String, Object> members, boolean saidInText) {

  public LogEvent {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  /** An event without members. */
  public static LogEvent of(String name, String message) {
    return new LogEvent(name, message, Map.of(), false);
  }

  /** The same, of this version of a model. */
  public LogEvent about(ServableId id) {
    return with("model", id.name()).with("version", id.version());
  }

  /** The same with a member more. */
  public LogEvent with(String member, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(members);
    more.put(member, value);
    return new LogEvent(name, message, more, saidInText);
  }

  /** The same where lines of long standing say it in text. */
  public LogEvent asSaidInText() {
    return new LogEvent(name, message, members, true);
  }

  /** Puts it on the log. Whatever is behind that logger gets at least the words. */
  public void log(Logger log, Level level) {
    log.log(level, "{0}", this);
  }

  /** The words. */
  @Override
  public String toString() {
    return message;
  }
}
