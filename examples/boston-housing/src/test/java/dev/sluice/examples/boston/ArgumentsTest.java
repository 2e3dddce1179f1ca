package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.examples.boston.Arguments.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArgumentsTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void everyArgumentIsTaken() {
    assertThat(
            Arguments.parse(
                "--models=m",
                "--tensorflow_library_dir=l",
                "--data=d=e.csv",
                "--report=r",
                "--seed=-7",
                "--max_epochs=9"))
        .isEqualTo(
            new Arguments(Path.of("m"), Path.of("l"), Path.of("d=e.csv"), Path.of("r"), -7, 9));
  }

  @Test
  void whatIsNotNeededHasADefault() {
    assertThat(Arguments.parse("--models=m", "--tensorflow_library_dir=l"))
        .isEqualTo(new Arguments(Path.of("m"), Path.of("l"), null, null, 1, 400));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          --tensorflow_library_dir=l          | --models is missing
          --models=m                          | --tensorflow_library_dir is missing
          --models=                           | --models= needs a path
          --modles=m                          | there is no --modles
          --models                            | '--models' is not of the form --name=value
          m=n                                 | 'm=n' is not of the form --name=value
          --max_epochs=0                      | --max_epochs=0 is not a whole number from 1 to 2147483647
          --max_epochs=3000000000             | --max_epochs=3000000000 is not a whole number from 1 to 2147483647
          --max_epochs=1.5                    | --max_epochs=1.5 is not a whole number from 1 to 2147483647
          """)
  void badArgumentIsNamed(String argument, String message) {
    String[] arguments =
        argument.startsWith("--max_epochs")
            ? new String[] {"--models=m", "--tensorflow_library_dir=l", argument}
            : new String[] {argument};

    assertThatThrownBy(() -> Arguments.parse(arguments))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }

  @Test
  void badArgumentsEndWithTwoAndTheUsage() {
    assertThat(run("--seed=x")).isEqualTo(2);

    assertThat(text(err)).startsWith("--models is missing\nusage: Trainer --models=DIR");
    assertThat(text(out)).isEmpty();
  }

  @Test
  void helpIsNoMistake() {
    assertThat(run("--help")).isZero();

    assertThat(text(out)).startsWith("usage: Trainer").contains("--max_epochs=N");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void folderWithoutLibrariesEndsWithOneAndALine() {
    assertThat(run("--models=m", "--tensorflow_library_dir=/nowhere")).isEqualTo(1);

    assertThat(text(err))
        .isEqualTo(
            "Training failed: no %s in /nowhere: expected the folder into which Sluice unpacks TensorFlow's libraries\n",
            System.mapLibraryName("jnitensorflow"));
  }

  @Test
  void dataThatIsNotThereEndsWithOneAndALine() {
    assertThat(run("--models=m", "--tensorflow_library_dir=l", "--data=/nowhere")).isEqualTo(1);

    assertThat(text(err))
        .isEqualTo("Training failed: cannot read /nowhere: there is no /nowhere\n");
  }

  private int run(String... arguments) {
    return Trainer.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        arguments);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
