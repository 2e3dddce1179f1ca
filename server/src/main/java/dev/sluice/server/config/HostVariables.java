package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment as typed values; a variable that is empty counts as one that is not set.
 * Everything throws INVALID_ARGUMENT for a value that is not of its type.
 */
record HostVariables(Map<String, String> environment) {

  private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})-([0-9]{1,5})");
  private static final int HIGHEST_PORT = 65_535;

  boolean has(String name) {
    return !text(name, "").isEmpty();
  }

  String text(String name, String otherwise) {
    String given = environment.getOrDefault(name, "");
    return given.isEmpty() ? otherwise : given;
  }

  boolean bool(String name) {
    String given = text(name, "false");
    if (given.equalsIgnoreCase("true") || given.equalsIgnoreCase("false")) {
      return given.equalsIgnoreCase("true");
    }
    throw StatusException.invalidArgument("%s is %s, expected true or false", name, given);
  }

  int port(String name, int otherwise) {
    String given = text(name, Integer.toString(otherwise));
    int port = given.matches("[0-9]{1,5}") ? Integer.parseInt(given) : 0;
    if (port < 1 || port > HIGHEST_PORT) {
      throw StatusException.invalidArgument("%s is %s, expected a port, 1 to 65535", name, given);
    }
    return port;
  }

  /** Two ports at least; null if the variable is not set. */
  Hosting.@Nullable Ports ports(String name) {
    String given = text(name, "");
    if (given.isEmpty()) {
      return null;
    }
    Matcher range = RANGE.matcher(given);
    if (range.matches()) {
      int lowest = Integer.parseInt(range.group(1));
      int highest = Integer.parseInt(range.group(2));
      if (lowest >= 1 && lowest < highest && highest <= HIGHEST_PORT) {
        return new Hosting.Ports(lowest, highest);
      }
    }
    throw StatusException.invalidArgument(
        "%s is %s, expected two ports or more, such as 21000-21999", name, given);
  }

  String route(String name, String otherwise) {
    String given = text(name, otherwise);
    if (!given.startsWith("/")) {
      throw StatusException.invalidArgument(
          "%s is %s, expected a path, such as %s", name, given, otherwise);
    }
    return given;
  }
}
