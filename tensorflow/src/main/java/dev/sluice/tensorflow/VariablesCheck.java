package dev.sluice.tensorflow;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Whether the folder {@code variables} of a SavedModel has all that its index promises. */
final class VariablesCheck {

  private VariablesCheck() {}

  /**
   * Does nothing if the folder is complete, or is not there: a model may have no variables.
   *
   * @throws StatusException DATA_LOSS if a file is missing, too short or no index
   * @throws IOException if a file cannot be read
   */
  static void of(Path variables) throws IOException {
    if (!Files.isDirectory(variables)) {
      return;
    }
    Path index = variables.resolve("variables.index");
    if (!Files.exists(index)) {
      if (Files.exists(shard(variables, 0, 1))) {
        throw SavedModelDescription.damaged(index, "it is missing");
      }
      return;
    }
    VariablesIndex content = read(index);
    for (int i = 0; i < content.shards(); i++) {
      check(shard(variables, i, content.shards()), content.bytes(i));
    }
  }

  private static VariablesIndex read(Path index) throws IOException {
    byte[] bytes = Files.readAllBytes(index);
    try {
      return VariablesIndex.read(bytes);
    } catch (IOException malformed) {
      throw SavedModelDescription.damaged(index, malformed.getMessage());
    }
  }

  private static Path shard(Path variables, int number, int count) {
    return variables.resolve(
        String.format(Locale.ROOT, "variables.data-%05d-of-%05d", number, count));
  }

  private static void check(Path shard, long expected) throws IOException {
    if (!Files.exists(shard)) {
      throw SavedModelDescription.damaged(shard, "it is missing");
    }
    long size = Files.size(shard);
    if (size < expected) {
      throw SavedModelDescription.damaged(
          shard, "it has %d bytes, expected %d".formatted(size, expected));
    }
  }
}
