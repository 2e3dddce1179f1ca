package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HousingTest {

  private static final String HEADER =
      "CRIM,ZN,INDUS,CHAS,NOX,RM,AGE,DIS,RAD,TAX,PTRATIO,B,LSTAT,MEDV\n";
  private static final String ROW = "1,2,3,4,5,6,7,8,9,10,11,12,13,14\n";

  @Test
  void bundledDataHasEveryArea() {
    Housing all = Housing.bundled();

    assertThat(all.size()).isEqualTo(506);
    assertThat(all.features()).hasDimensions(506, 13);
    assertThat(all.features()[0])
        .containsExactly(
            0.00632f, 18, 2.31f, 0, 0.538f, 6.575f, 65.2f, 4.09f, 1, 296, 15.3f, 396.9f, 4.98f);
    assertThat(all.prices()[0]).isEqualTo(24);
    assertThat(all.meanPrice()).isCloseTo(22.5328, within(1e-4));
  }

  @Test
  void sampleIsAnAreaOfTheDataAndThePayloadOfTheTutorial() throws IOException {
    Housing all = Housing.bundled();
    float[] sample = new float[Housing.FEATURES];
    IntStream.range(0, sample.length).forEach(i -> sample[i] = Housing.SAMPLE.get(i));

    int area =
        IntStream.range(0, all.size())
            .filter(i -> Arrays.equals(all.features()[i], sample))
            .findFirst()
            .orElseThrow();

    assertThat(all.prices()[area]).isEqualTo(23.6f);
    assertThat(Files.readString(Path.of("data.json")).strip())
        .isEqualTo("{\"instances\": [%s]}".formatted(Housing.SAMPLE));
  }

  @Test
  void rmseIsInThousandsOfDollars() {
    Housing two = new Housing(new float[2][Housing.FEATURES], new float[] {10, 20});

    assertThat(two.rmse(new float[] {13, 16})).isCloseTo(Math.sqrt(12.5), within(1e-9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,2,3\n", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n", "\n"})
  void rowOfAnotherLengthIsRefusedWithItsLine(String row) {
    assertThatThrownBy(() -> parse(HEADER + ROW + row))
        .isInstanceOf(TrainerException.class)
        .hasMessageStartingWith("test, line 3 has ")
        .hasMessageEndingWith(" values, expected 14");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", "NaN", "Infinity", "1e99"})
  void cellThatIsNoNumberIsRefusedWithItsLine(String cell) {
    assertThatThrownBy(() -> parse(HEADER + "1,2,3,4,5,6,7,8,9,10,11,12,13," + cell))
        .isInstanceOf(TrainerException.class)
        .hasMessage("test, line 2 has the value '%s', expected a number", cell);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b\n", ROW})
  void dataWithoutItsLineOfNamesIsRefused(String header) {
    assertThatThrownBy(() -> parse(header + ROW.repeat(30)))
        .isInstanceOf(TrainerException.class)
        .hasMessageStartingWith("test does not begin with the line CRIM,");
  }

  @Test
  void tooFewRowsAreRefused() {
    assertThatThrownBy(() -> parse(HEADER + ROW.repeat(19)))
        .isInstanceOf(TrainerException.class)
        .hasMessage("test has 19 rows of data, expected at least 20");
  }

  @Test
  void fileThatCannotBeReadIsNamed(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.csv");
    Path binary = Files.write(folder.resolve("binary.csv"), new byte[] {(byte) 0xFF, 0, 1});

    assertThatThrownBy(() -> Housing.read(missing))
        .hasMessage("cannot read %s: there is no %s", missing, missing);
    assertThatThrownBy(() -> Housing.read(binary))
        .hasMessage("cannot read %s: it is not text in UTF-8", binary);
  }

  @Test
  void everyAreaIsInExactlyOnePartOfTheSplit() {
    Housing all = Housing.bundled();

    Split split = Split.of(all, new Random(7));

    assertThat(split.test().size()).isEqualTo(101);
    assertThat(split.validation().size()).isEqualTo(41);
    assertThat(split.training().size()).isEqualTo(364);
    List<float[]> parts =
        Stream.of(split.training(), split.validation(), split.test())
            .flatMap(part -> Arrays.stream(part.features()))
            .toList();
    assertThat(parts).containsExactlyInAnyOrder(all.features());
  }

  @Test
  void sameSeedGivesTheSameSplit() {
    Housing all = Housing.bundled();

    float[] first = Split.of(all, new Random(1)).test().prices();

    assertThat(Split.of(all, new Random(1)).test().prices()).isEqualTo(first);
    assertThat(Split.of(all, new Random(2)).test().prices()).isNotEqualTo(first);
  }

  @Test
  void rowsKeepTheirPricesWhenShuffled() {
    Housing all = Housing.bundled();

    Housing shuffled = all.shuffled(new Random(3));

    int first = Arrays.asList(all.features()).indexOf(shuffled.features()[0]);
    assertThat(first).isNotZero();
    assertThat(shuffled.prices()[0]).isEqualTo(all.prices()[first]);
  }

  @Test
  void scalingIsMeanAndStandardDeviation() {
    float[][] rows = new float[4][Housing.FEATURES];
    float[] values = {1, 1, 5, 5};
    for (int i = 0; i < 4; i++) {
      rows[i][0] = values[i];
      rows[i][1] = 7; // never changes
    }

    Scaling scaling = Scaling.of(new Housing(rows, new float[4]));

    assertThat(scaling.mean()).startsWith(3, 7, 0);
    assertThat(scaling.deviation()).startsWith(2, 1, 1);
  }

  private static Housing parse(String text) throws IOException {
    return Housing.parse(new StringReader(text), "test");
  }
}
