package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.Check.Pair;
import dev.sluice.cli.BenchVerb;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole run, in which only the rows are made up. */
class BenchTest {

  @TempDir Path folder;

  private final List<String> events = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private class MadeUpRow implements Row {
    private final String name;
    private final String obstacle;
    private final boolean breaks;

    MadeUpRow(String name, String obstacle, boolean breaks) {
      this.name = name;
      this.obstacle = obstacle;
      this.breaks = breaks;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String title() {
      return "Row " + name;
    }

    @Override
    public List<Check> checks() {
      return List.of(Check.ratio(name, "b", Measure.RATE, new Pair("a", "b"), Reach.atLeast(0.4)));
    }

    @Override
    public String obstacle(Workshop workshop) {
      return obstacle;
    }

    @Override
    public Contest open(Workshop workshop) {
      events.add("open " + name);
      return new Contest() {
        @Override
        public List<Side> sides() {
          return List.of(side("a", 100), side("b", 200));
        }

        @Override
        public List<String> notes() {
          return List.of("All made up.");
        }

        @Override
        public void close() {
          events.add("close " + name);
        }
      };
    }

    private Side side(String side, double rate) {
      return new Side(
          side,
          seconds -> {
            events.add(side + " for " + seconds);
            if (breaks) {
              throw new IllegalStateException("the cable fell out");
            }
            return Sample.EMPTY.with(Measure.RATE, rate).with(Measure.P50, 5);
          });
    }
  }

  private int run(int rounds, List<String> names, Row... rows) throws Exception {
    BenchVerb.Options options =
        new BenchVerb.Options(
            folder, rounds, 0.5, names, folder.resolve("out/deep"), false, "./sluice bench");
    Workshop workshop = new Workshop(folder, folder, folder, folder, _ -> null, true, _ -> {});
    return Bench.run(
        new PrintStream(out, true, StandardCharsets.UTF_8), options, List.of(rows), workshop);
  }

  private String written(String file) throws Exception {
    return Files.readString(folder.resolve("out/deep").resolve(file));
  }

  @Test
  void sidesTakeTurnsAndEverySecondRoundGoesBackwards() throws Exception {
    assertThat(run(3, List.of("x"), new MadeUpRow("x", "", false))).isZero();
    assertThat(events)
        .containsExactly(
            "open x",
            "a for 0.5",
            "b for 0.5",
            "b for 0.5",
            "a for 0.5",
            "a for 0.5",
            "b for 0.5",
            "close x");
  }

  @Test
  void tableIsPrintedAndWritten() throws Exception {
    int code =
        run(6, List.of("x", "y"), new MadeUpRow("x", "", false), new MadeUpRow("y", "", false));
    assertThat(code).isZero();
    assertThat(written("bench.md"))
        .contains("| x | b | answers | 0.50 (0.50 to 0.50) × | ≥ 0.40 × | **met** |  |")
        .contains("Together: 2 met.")
        .contains("- x: All made up.");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith(written("bench.md"))
        .endsWith("Written to " + folder.resolve("out/deep") + System.lineSeparator());
    assertThat(written("bench.json")).contains("\"verdict\" : \"met\"");
  }

  @Test
  void rowsThatWereNotAskedForAreLeftOut() throws Exception {
    run(1, List.of("y"), new MadeUpRow("x", "", false), new MadeUpRow("y", "", false));
    assertThat(events).contains("open y").doesNotContain("open x");
  }

  @Test
  void rowThatCannotRunHereIsSaidToBeNotRun() throws Exception {
    assertThat(run(1, List.of("x"), new MadeUpRow("x", "There is no Python.", false))).isZero();
    assertThat(events).isEmpty();
    assertThat(written("bench.md"))
        .contains("| x | b | answers | – | ≥ 0.40 × | **not run** |  |")
        .contains("- x: There is no Python.");
  }

  @Test
  void rowThatBreaksOffEndsItsServersAndTheNextGoesOn() throws Exception {
    int code =
        run(1, List.of("x", "y"), new MadeUpRow("x", "", true), new MadeUpRow("y", "", false));
    assertThat(code).isEqualTo(1);
    assertThat(events).containsSubsequence("open x", "close x", "open y", "close y");
    assertThat(written("bench.md"))
        .contains("- x: It broke off: java.lang.IllegalStateException: the cable fell out")
        .contains("| y | b | answers | 0.50 × | ≥ 0.40 × | **not judged** |  |");
  }

  @Test
  void commandLineKnowsEveryRow() {
    assertThat(Bench.rows().stream().map(Row::name)).containsExactlyElementsOf(BenchVerb.ROWS);
  }

  @Test
  void curveIsDrawn() throws Exception {
    Row curve =
        new MadeUpRow("curve", "", false) {
          @Override
          public List<Check> checks() {
            return List.of();
          }

          @Override
          public Contest open(Workshop workshop) {
            Sample sample =
                Sample.EMPTY.with(Measure.RATE, 1000).with(Measure.P50, 50).with(Measure.P99, 500);
            List<Side> sides =
                List.of(
                    new Side("REST, echo at 90 %", _ -> sample),
                    new Side("REST, echo at 10 %", _ -> sample.with(Measure.RATE, 10)));
            return ServerContest.of(new Servers(), sides);
          }
        };
    run(1, List.of("curve"), curve);
    assertThat(written("latency.svg")).startsWith("<svg").contains("REST, echo<");
    assertThat(written("bench.md")).contains("](latency.svg)");
    assertThat(written("bench.json"))
        .containsSubsequence("\"REST, echo\"", "\"rate\" : 10.0", "\"rate\" : 1000.0");
  }
}
