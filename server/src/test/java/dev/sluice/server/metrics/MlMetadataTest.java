package dev.sluice.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ServableId;
import dev.sluice.server.LoggedLines;
import dev.sluice.server.metrics.Family.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of the file in which a version says its UUID. */
class MlMetadataTest {

  private static final ServableId VERSION = new ServableId("m", 3);

  private final MlMetadata metadata = new MlMetadata();

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void makeFolder() throws Exception {
    file = Files.createDirectory(directory.resolve("assets.extra")).resolve("mlmd_uuid");
  }

  @Test
  void uuidIsThereForVersionsOfInterestAndTheZeroForAll() throws Exception {
    Files.writeString(file, "dff3e2f7-1\n");
    metadata.read(VERSION, directory);
    assertThat(metadata.zeros()).containsExactly(new Value(List.of("m", "3"), 0));
    assertThat(metadata.identities(VERSION::equals))
        .containsExactly(new Value(List.of("m", "3", "dff3e2f7-1"), 1));
    assertThat(metadata.identities(id -> false)).isEmpty();
  }

  @Test
  void withoutTheFileThereIsNothing() {
    metadata.read(VERSION, directory);
    assertThat(metadata.zeros()).isEmpty();
  }

  @Test
  void whatCannotBeAUuidIsWarnedOf() throws Exception {
    try (LoggedLines log = LoggedLines.of(MlMetadata.class)) {
      Files.writeString(file, "x".repeat(257));
      metadata.read(VERSION, directory);
      Files.write(file, new byte[] {(byte) 0xff});
      metadata.read(VERSION, directory);
      Files.delete(file);
      Files.createDirectory(file);
      metadata.read(VERSION, directory);
      assertThat(log.lines())
          .hasSize(3)
          .allMatch(line -> line.contains("ML Metadata Key Found But couldn't be read"))
          .first()
          .asString()
          .endsWith(": expected at most 256 bytes, came 257");
    }
    assertThat(metadata.zeros()).isEmpty();
  }
}
