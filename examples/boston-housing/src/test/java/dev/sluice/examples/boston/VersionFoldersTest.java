package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.examples.boston.VersionFolders.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionFoldersTest {

  @TempDir private Path temporary;
  private Path model;
  private VersionFolders folders;

  @BeforeEach
  void nameAFolderThatIsNotThere() {
    model = temporary.resolve("models/boston_model");
    folders = new VersionFolders(model);
  }

  @Test
  void firstVersionHasTheNameOfTheTutorial() throws IOException {
    Published published = folders.publish(VersionFoldersTest::write);

    assertThat(published).isEqualTo(new Published(1, model.resolve("0000001")));
    assertThat(names(model)).containsExactly("0000001");
    assertThat(names(published.path())).containsExactly("saved_model.pb", "variables");
  }

  @Test
  void nextVersionIsOneMoreThanTheHighestNumber() throws IOException {
    for (String name :
        List.of("0000002", "9", "010", "eleven", "12.tmp", ".13", "99999999999999999999", "-14")) {
      Files.createDirectories(model.resolve(name));
    }

    assertThat(folders.publish(VersionFoldersTest::write))
        .isEqualTo(new Published(11, model.resolve("0000011")));
  }

  @Test
  void nothingIsVisibleAsAVersionBeforeItIsComplete() throws IOException {
    folders.publish(work -> {
      write(work);
      assertThat(names(model)).singleElement().asString().startsWith(".writing-");
    });

    assertThat(names(model)).containsExactly("0000001");
  }

  @Test
  void numberThatSomebodyElseTookIsLeftToThem() throws IOException {
    Published published =
        folders.publish(work -> {
          write(work);
          folders.publish(VersionFoldersTest::write);
        });

    assertThat(published.version()).isEqualTo(2);
    assertThat(names(model)).containsExactly("0000001", "0000002");
  }

  @Test
  void writeThatFailsLeavesNothing() throws IOException {
    assertThatThrownBy(() ->
            folders.publish(work -> {
              write(work);
              throw new IOException("disk full");
            }))
        .hasMessage("disk full");

    assertThat(names(model)).isEmpty();
  }

  @Test
  void afterTheLargestNumberThereIsNone() throws IOException {
    Files.createDirectories(model.resolve(String.valueOf(Long.MAX_VALUE)));

    assertThatThrownBy(() -> folders.publish(VersionFoldersTest::write))
        .isInstanceOf(TrainerException.class)
        .hasMessageContaining("after which there is no number");
  }

  private static void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("saved_model.pb"), "graph");
    Files.createDirectory(folder.resolve("variables"));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }
}
