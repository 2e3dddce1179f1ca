package dev.sluice.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Fuzzing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs Jazzer over the decoders; {@code -Dsluice.fuzz.runs=} asks for more inputs. */
@Tag("stress")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class FuzzTest {

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

  private Fuzzing.Outcome fuzz(Class<?> target, long runs, List<byte[]> seeds) throws Exception {
    return Fuzzing.run(folder, target, runs, seeds);
  }

  private static List<byte[]> json() {
    List<byte[]> seeds = new ArrayList<>();
    for (String body : JSON) {
      seeds.add(body.getBytes(UTF_8));
    }
    return seeds;
  }

  private static void assertNothingFound(Fuzzing.Outcome outcome) {
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
    Fuzzing.Outcome outcome = fuzz(PlantedBugFuzzer.class, 5_000_000, json());
    assertThat(outcome.code()).as(outcome.output()).isEqualTo(Fuzzing.FOUND);
    assertThat(outcome.output()).contains("duty broken", "ArrayIndexOutOfBoundsException");
  }
}
