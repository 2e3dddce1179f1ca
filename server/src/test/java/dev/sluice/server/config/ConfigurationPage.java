package dev.sluice.server.config;

import dev.sluice.server.LogRecorder;
import dev.sluice.server.config.CommandLine.Outcome.Start;
import dev.sluice.server.config.CommandLine.Versions;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The parts of {@code docs/configuration.md} that come from the code. Each stands between two
 * comments with its name; what is outside of them is written by hand.
 */
final class ConfigurationPage {

  /** The names of the two tables of flags. */
  static final List<String> FLAGS = List.of("flags-of-tensorflow-serving", "flags-of-sluice");

  private static final CommandLine COMMAND_LINE =
      new CommandLine("server", 2, new Versions("1", "2"));

  private ConfigurationPage() {}

  /** A page with these parts as the code has them, and all else as it is. */
  static String anew(String page) {
    String text = page;
    text = with(text, "verdicts", verdicts());
    text = with(text, FLAGS.get(0), flags(flag -> !flag.isOwn()));
    text = with(text, FLAGS.get(1), flags(Flag::isOwn));
    return with(text, "ranges", ranges());
  }

  /** What a page has between the comments of this name. */
  static String part(String page, String name) {
    return page.substring(begin(page, name), end(page, name));
  }

  private static String with(String page, String name, String part) {
    return page.substring(0, begin(page, name)) + part + page.substring(end(page, name));
  }

  private static int begin(String page, String name) {
    String comment = "<!-- begin " + name + " -->\n";
    return indexOf(page, comment) + comment.length();
  }

  private static int end(String page, String name) {
    return indexOf(page, "<!-- end " + name + " -->");
  }

  private static int indexOf(String page, String comment) {
    int index = page.indexOf(comment);
    if (index < 0) {
      throw new AssertionError("docs/configuration.md has no line " + comment);
    }
    return index;
  }

  private static String flags(Predicate<Flag> chosen) {
    return table(
        "Flag | Type | Default | Example | Meaning | Verdict",
        Arrays.stream(Flag.values()).filter(chosen).map(ConfigurationPage::row).toList());
  }

  private static String table(String head, List<String> rows) {
    String line = "|" + "---|".repeat(head.split(" \\| ").length);
    return rows.stream()
        .map(row -> "| " + row + " |\n")
        .collect(Collectors.joining("", "| " + head + " |\n" + line + "\n", ""));
  }

  private static String row(Flag flag) {
    return String.join(
        " | ",
        code(flag.label()),
        flag.type().label(),
        shownDefault(flag),
        code(FlagExamples.of(flag)),
        flag.help(),
        flag.support().verdict());
  }

  private static String code(String text) {
    return '`' + text + '`';
  }

  private static String shownDefault(Flag flag) {
    return switch (flag.perCpu()) {
      case 0 -> code(flag.type().show(flag.defaultValue(1)));
      case 1 -> "number of CPUs";
      default -> flag.perCpu() + " × number of CPUs";
    };
  }

  /** Those that a flag has; the two kinds without an effect are one for the reader. */
  private static String verdicts() {
    List<String> rows =
        Arrays.stream(Support.values())
            .filter(support -> support != Support.NOT_NEEDED && !with(support).isEmpty())
            .map(support -> support.verdict() + " | " + meaning(support))
            .toList();
    return table("Verdict | What it means", rows);
  }

  private static String meaning(Support support) {
    return switch (support) {
      case WORKS ->
          "Does what TensorFlow Serving documents; one of Sluice's own, what the table says.";
      case NOT_YET ->
          "Accepted, so that launch scripts go on working; one warning at the start says so.";
      case FOR_GPUS ->
          "Passed on to TensorFlow. The one that comes with Sluice is for CPUs, and a warning says"
              + " so.";
      case NO_EFFECT ->
          "Accepted; there is nothing in Sluice for it to change. A warning says so, except for "
              + String.join(" and ", with(Support.NOT_NEEDED))
              + ", whose effect could not be seen anyway.";
      case REFUSED ->
          "Asks for security that Sluice does not have yet: the start fails rather than serve in"
              + " clear text.";
      case UNSERVED ->
          "Asks for models of a kind that Sluice does not serve: the start fails, and says so.";
      case NOT_NEEDED -> throw new AssertionError("is part of another");
    };
  }

  private static List<String> with(Support support) {
    return Arrays.stream(Flag.values())
        .filter(flag -> flag.support() == support)
        .map(flag -> code(flag.label()))
        .toList();
  }

  private static String ranges() {
    Map<String, List<String>> flags = new LinkedHashMap<>();
    for (Flag flag : Flag.values()) {
      range(flag)
          .ifPresent(range ->
              flags.computeIfAbsent(range, _ -> new ArrayList<>()).add(code(flag.label())));
    }
    List<String> rows = new ArrayList<>();
    flags.forEach((range, names) -> rows.add(range + " | " + String.join(", ", names)));
    return table("Range | Flags", rows);
  }

  /** What the start says that it expected, of the least number that the flag's type has. */
  private static Optional<String> range(Flag flag) {
    long least =
        switch (flag.type()) {
          case INT32 -> Integer.MIN_VALUE;
          case INT64 -> Long.MIN_VALUE;
          case FLOAT, BOOL, BOOL_OR_AUTO, STRING -> 0;
        };
    if (least == 0) {
      return Optional.empty();
    }
    String beginning = "--" + flag.label() + " is " + least + ", expected ";
    try {
      var _ = StartConfig.resolve(options("--" + flag.label() + "=" + least), new LogRecorder());
      return Optional.empty();
    } catch (StatusException refusal) {
      if (!refusal.getMessage().startsWith(beginning)) {
        throw refusal;
      }
      return Optional.of(refusal.getMessage().substring(beginning.length()));
    }
  }

  private static ServerOptions options(String flag) {
    return ((Start) COMMAND_LINE.parse(List.of("--model_base_path=/m", flag))).options();
  }
}
