package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchVerbTest {

  private final List<BenchVerb.Options> asked = new ArrayList<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Console console = new Console(InputStream.nullInputStream(), stream, stream);
    BenchVerb.Bench bench =
        options -> {
          asked.add(options);
          return 3;
        };
    return BenchVerb.run(console, bench, arguments);
  }

  @Test
  void everyRowIsMeasuredInSevenRoundsUnlessAskedOtherwise() {
    assertThat(run()).isEqualTo(3);
    BenchVerb.Options options = asked.getFirst();
    assertThat(options.rounds()).isEqualTo(7);
    assertThat(options.seconds()).isEqualTo(2);
    assertThat(options.rows()).isEqualTo(BenchVerb.ROWS);
    assertThat(options.quick()).isFalse();
    assertThat(options.out()).isEqualTo(options.home().resolve("target/bench")).isAbsolute();
    assertThat(options.command()).isEqualTo("./sluice bench");
  }

  @Test
  void whatWasTypedArrives() {
    run("--rounds=9", "--seconds", "0.5", "--only=start,rest", "--out=/a/../b");
    assertThat(asked)
        .containsExactly(
            new BenchVerb.Options(
                asked.getFirst().home(),
                9,
                0.5,
                List.of("rest", "start"),
                Path.of("/b"),
                false,
                "./sluice bench --rounds=9 --seconds 0.5 --only=start,rest --out=/a/../b"));
  }

  @Test
  void quickIsOneShortRound() {
    run("--quick", "--rounds=9");
    assertThat(asked.getFirst().rounds()).isEqualTo(1);
    assertThat(asked.getFirst().seconds()).isEqualTo(0.2);
    assertThat(asked.getFirst().quick()).isTrue();
  }

  @Test
  void wrongValuesAreNamed() {
    assertThat(run("--rounds=0")).isEqualTo(2);
    assertThat(run("--seconds=-1")).isEqualTo(2);
    assertThat(run("--seconds=NaN")).isEqualTo(2);
    assertThat(run("--only=nonsense")).isEqualTo(2);
    assertThat(asked).isEmpty();
    assertThat(err.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("`")))
        .containsExactly(
            "sluice bench: --rounds is 0, expected 1 to 100",
            "sluice bench: --seconds is -1.0, expected above 0, at most 60",
            "sluice bench: --seconds is NaN, expected above 0, at most 60",
            "sluice bench: --only names a row nonsense, expected some of "
                + String.join(", ", BenchVerb.ROWS));
  }
}
