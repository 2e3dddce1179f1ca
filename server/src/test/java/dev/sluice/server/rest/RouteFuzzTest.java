package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Fuzzing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs Jazzer over the router; {@code -Dsluice.fuzz.runs=} asks for more inputs. */
@Tag("stress")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class RouteFuzzTest {

  private static final long RUNS = Long.getLong("sluice.fuzz.runs", 500_000);

  private static final List<byte[]> TARGETS =
      Stream.of(
              "/v1/models",
              "/v1/models/m",
              "/v1/models/m%2Fn%zz/metadata?a=b",
              "/v1/models/m:predict",
              "/v1/models/m/versions/9223372036854775808:classify",
              "/V1/models/caf%C3%A9/versions/0:regress#x",
              "/v1/models/m/labels/%20stable/metadata")
          .map(target -> target.getBytes(StandardCharsets.US_ASCII))
          .toList();

  @TempDir private Path folder;

  @Test
  void routerKeepsItsDuties() throws Exception {
    Fuzzing.Outcome outcome = Fuzzing.run(folder, RouteFuzzer.class, RUNS, TARGETS);
    assertThat(outcome.output()).contains("DONE").doesNotContain("== Java Exception");
    assertThat(outcome.code()).isZero();
  }

  @Test
  void plantedBugIsFound() throws Exception {
    Fuzzing.Outcome outcome = Fuzzing.run(folder, BrokenRoute.class, 5_000_000, TARGETS);
    assertThat(outcome.code()).as(outcome.output()).isEqualTo(Fuzzing.FOUND);
    assertThat(outcome.output()).contains("StringIndexOutOfBoundsException");
  }

  /** A router that takes for granted that an escape in a model's name is whole. */
  public static final class BrokenRoute {

    private BrokenRoute() {}

    /** Called with inputs that Jazzer makes up. */
    public static void fuzzerTestOneInput(byte[] input) {
      String target = new String(input, StandardCharsets.ISO_8859_1);
      RouteFuzzer.fuzzerTestOneInput(input);
      if (target.startsWith("/v1/models/") && target.endsWith("%")) {
        var _ = target.charAt(target.length());
      }
    }
  }
}
