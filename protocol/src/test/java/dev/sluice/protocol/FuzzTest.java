package dev.sluice.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs Jazzer over the decoders, each in a JVM of its own with a small heap: Jazzer changes the
 * classes it watches, and a heap that overflows is a finding too. The number of inputs is fixed and
 * the seed is too, so that a run says the same twice; {@code -Dsluice.fuzz.runs=} asks for more.
 */
@Tag("stress")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class FuzzTest {

  private static final int FOUND = 77;
  private static final long RUNS = Long.getLong("sluice.fuzz.runs", 500_000);

  private static final String[] JSON = {
    "{\"instances\": [1.0, 2.5e3, -Infinity, NaN]}",
    "{\"signature_name\": \"s\\u00e9\", \"instances\": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}",
    "{\"inputs\": {\"a\": [[1, 2, 3]], \"b\": [\"x\\n\", {\"b64\": \"aGk=\"}], \"q\": {}}}",
    "{\"instances\": [{\"a\": [1], \"b\": 0.5, \"x\": true}, {\"x\": false, \"a\": [2], \"b\": 1}]}",
    "{\"inputs\": {\"x\": [[0.12345678901234567, 2], [3, 4], [5, 6]]}}",
    "{\"inputs\": [[\"\\ud83d\\ude00\", {\"b64\": \"////\"}], [\"\\t\\t\", \"\"]]}",
    "{\"inputs\": 12345678901234567890123.5e-10, \"k\": [[[[[]]]]]}",
  };

  @TempDir private Path folder;

  private record Outcome(int code, String output) {}

  private Outcome fuzz(Class<?> target, long runs, List<byte[]> seeds)
      throws IOException, InterruptedException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(corpus.resolve("seed" + i), seeds.get(i));
    }
    Path log = folder.resolve("log");
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
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      int code = process.waitFor();
      return new Outcome(code, Files.readString(log, java.nio.charset.StandardCharsets.ISO_8859_1));
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<byte[]> json() {
    List<byte[]> seeds = new ArrayList<>();
    for (String body : JSON) {
      seeds.add(body.getBytes(UTF_8));
    }
    return seeds;
  }

  private static void assertNothingFound(Outcome outcome) {
    assertThat(outcome.output()).contains("DONE").doesNotContain("== Java Exception");
    assertThat(outcome.code()).isZero();
  }

  @Test
  void jsonKeepsItsDuties() throws Exception {
    assertNothingFound(fuzz(JsonFuzzer.class, RUNS, json()));
  }

  @Test
  void wireKeepsItsDuties() throws Exception {
    assertNothingFound(fuzz(WireFuzzer.class, RUNS, List.of(MutationTest.requests())));
  }

  @Test
  void plantedBugIsFound() throws Exception {
    Outcome outcome = fuzz(PlantedBugFuzzer.class, 5_000_000, json());
    assertThat(outcome.code()).as(outcome.output()).isEqualTo(FOUND);
    assertThat(outcome.output()).contains("duty broken", "ArrayIndexOutOfBoundsException");
  }
}
