package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DamageTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Damage.class)
  void onlyOneFileDiffersFromAGoodCopy(Damage damage) throws IOException {
    Path good = Models.copyVersion(Models.HALF_PLUS_TWO, 1, directory, 1);
    Path bad = damage.copy(Models.HALF_PLUS_TWO, 1, directory, 2);

    Map<String, byte[]> wanted = contents(good);
    Map<String, byte[]> found = contents(bad);

    assertThat(wanted).allSatisfy((name, content) -> assertThat(content).as(name).isNotEmpty());
    assertThat(wanted.keySet())
        .filteredOn(name -> !Arrays.equals(wanted.get(name), found.get(name)))
        .hasSize(1);
    assertThat(wanted).containsKeys(found.keySet().toArray(String[]::new));
  }

  @Test
  void truncatedFilesAreTheFirstHalf() throws IOException {
    Map<String, byte[]> good = contents(Models.copyVersion(Models.HALF_PLUS_TWO, 1, directory, 1));
    Map<String, byte[]> graph =
        contents(Damage.GRAPH_TRUNCATED.copy(Models.HALF_PLUS_TWO, 1, directory, 2));
    Map<String, byte[]> variables =
        contents(Damage.VARIABLES_TRUNCATED.copy(Models.HALF_PLUS_TWO, 1, directory, 3));

    assertFirstHalf(graph.get("saved_model.pb"), good.get("saved_model.pb"));
    String shard = "variables/variables.data-00000-of-00001";
    assertFirstHalf(variables.get(shard), good.get(shard));
  }

  @Test
  void nothingButTheCopyIsLeftInTheBasePath() throws IOException {
    Damage.GRAPH_MISSING.copy(Models.HALF_PLUS_TWO, 1, directory, 1);
    assertThatThrownBy(() -> Damage.VARIABLES_MISSING.copy(Models.IDENTITY, 1, directory, 2))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("variables.data");

    try (Stream<Path> children = Files.list(directory)) {
      assertThat(children).containsExactly(directory.resolve("1"));
    }
  }

  private static void assertFirstHalf(byte[] found, byte[] whole) {
    assertThat(found).isEqualTo(Arrays.copyOf(whole, whole.length / 2));
  }

  private static Map<String, byte[]> contents(Path root) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        contents.put(root.relativize(path).toString(), Files.readAllBytes(path));
      }
    }
    return contents;
  }
}
