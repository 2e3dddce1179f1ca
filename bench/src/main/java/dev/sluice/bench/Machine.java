package dev.sluice.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a figure was measured on, by what each thing is called: in the order of the report. */
record Machine(Map<String, String> facts) {

  private static final String UNKNOWN = "unknown";
  private static final int SHORT_HASH = 12;

  Machine {
    facts = new LinkedHashMap<>(facts);
  }

  /**
   * This one.
   *
   * @param proc {@code /proc}
   * @param home the checkout
   */
  static Machine of(Path proc, Path home, String tensorFlow) throws InterruptedException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("CPU", first(proc.resolve("cpuinfo"), "(?m)^model name\\s*:\\s*(.+)$"));
    facts.put("Cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("Memory", memory(first(proc.resolve("meminfo"), "(?m)^MemTotal:\\s*(\\d+) kB$")));
    facts.put("Kernel", first(proc.resolve("sys/kernel/osrelease"), "(.+)"));
    facts.put("JDK", System.getProperty("java.vm.vendor") + " " + Runtime.version());
    facts.put("TensorFlow", tensorFlow);
    facts.put("Commit", commit(home));
    facts.put("Load before", first(proc.resolve("loadavg"), "^(\\S+)"));
    return new Machine(facts);
  }

  private static String memory(String kilobytes) {
    return kilobytes.equals(UNKNOWN)
        ? UNKNOWN
        : Figures.number(Long.parseLong(kilobytes) * 1024 / 1e9, 1) + " GB";
  }

  /** What the first group of a pattern matches in a file. */
  private static String first(Path file, String pattern) {
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
      return matcher.find() ? matcher.group(1).strip() : UNKNOWN;
    } catch (IOException absent) {
      return UNKNOWN;
    }
  }

  /** Of the checkout, and whether something in it was changed since. */
  private static String commit(Path home) throws InterruptedException {
    String hash = git(home, "rev-parse", "HEAD");
    if (hash.isEmpty()) {
      return UNKNOWN;
    }
    String changed = git(home, "status", "--porcelain", "--untracked-files=no");
    return hash.substring(0, SHORT_HASH) + (changed.isEmpty() ? "" : ", with changes");
  }

  private static String git(Path home, String... arguments) throws InterruptedException {
    String[] command = new String[arguments.length + 3];
    command[0] = "git";
    command[1] = "-C";
    command[2] = home.toString();
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? out.strip() : "";
    } catch (IOException noGit) {
      return "";
    }
  }
}
