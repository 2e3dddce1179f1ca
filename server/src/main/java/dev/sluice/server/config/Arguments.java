package dev.sluice.server.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of the command line, taken apart.
 *
 * @param values what was given, the last of several, in the order of the table
 * @param unknown arguments that are no flag's, in their order
 * @param errors a line for each value that its flag can't have
 */
record Arguments(Map<Flag, Object> values, List<String> unknown, List<String> errors) {

  private static final String DASHES = "--";

  /** Takes the arguments apart; from a {@code --} on they are all unknown. */
  static Arguments read(List<String> arguments) {
    Arguments read = new Arguments(new EnumMap<>(Flag.class), new ArrayList<>(), new ArrayList<>());
    int end = arguments.indexOf(DASHES);
    int flags = end < 0 ? arguments.size() : end;
    arguments.subList(0, flags).forEach(read::add);
    read.unknown.addAll(arguments.subList(flags, arguments.size()));
    return new Arguments(
        Collections.unmodifiableMap(read.values),
        List.copyOf(read.unknown),
        List.copyOf(read.errors));
  }

  /** True iff {@code --help} is among the arguments before a {@code --}. */
  boolean asksForHelp() {
    int end = unknown.indexOf(DASHES);
    return unknown.subList(0, end < 0 ? unknown.size() : end).contains("--help");
  }

  private void add(String argument) {
    int equals = argument.indexOf('=');
    Flag flag = flagOf(argument, equals);
    if (flag == null) {
      unknown.add(argument);
      return;
    }
    String text = equals < 0 ? "true" : argument.substring(equals + 1);
    Object value = flag.type().parse(text);
    if (value == null) {
      errors.add("Couldn't interpret value " + text + " for flag " + flag.label() + ".");
    } else {
      values.put(flag, value);
    }
  }

  private static @Nullable Flag flagOf(String argument, int equals) {
    if (!argument.startsWith(DASHES)) {
      return null;
    }
    String name = argument.substring(DASHES.length(), equals < 0 ? argument.length() : equals);
    Flag flag = Flag.named(name);
    boolean valueMissing = equals < 0 && flag != null && !flag.type().mayStandAlone();
    return valueMissing ? null : flag;
  }
}
