package dev.sluice.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs Jazzer over a target in a JVM of its own with a small heap: Jazzer changes the classes it
 * watches, and a heap that overflows is a finding too. The number of inputs and the seed are fixed,
 * so that a run says the same twice. Jazzer must be on the class path of the test.
 */
public final class Fuzzing {

  /** The exit code of a run that has found something. */
  public static final int FOUND = 77;

  private Fuzzing() {}

  /**
   * How a run ended.
   *
   * @param code 0 if nothing was found, {@link #FOUND} if something was
   * @param output what Jazzer said
   */
  public record Outcome(int code, String output) {}

  /**
   * Runs the fuzzer to its end.
   *
   * @param folder for its files; one per run
   * @param target has a public static {@code fuzzerTestOneInput(byte[])}, which throws on a finding
   * @param runs how many inputs to try
   * @param seeds inputs to begin with
   */
  public static Outcome run(Path folder, Class<?> target, long runs, List<byte[]> seeds)
      throws IOException, InterruptedException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(corpus.resolve("seed" + i), seeds.get(i));
    }
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command(folder, target, runs, corpus))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      int code = process.waitFor();
      return new Outcome(code, Files.readString(log, StandardCharsets.ISO_8859_1));
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<String> command(Path folder, Class<?> target, long runs, Path corpus) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+EnableDynamicAgentLoading", "-Xshare:off"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + target.getName());
    command.add("--instrumentation_includes=dev.sluice.**");
    command.add("--reproducer_path=" + folder);
    command.addAll(List.of("-runs=" + runs, "-seed=4242", "-max_len=300", "-rss_limit_mb=0"));
    command.add("-artifact_prefix=" + folder + "/");
    command.add(corpus.toString());
    return command;
  }
}
