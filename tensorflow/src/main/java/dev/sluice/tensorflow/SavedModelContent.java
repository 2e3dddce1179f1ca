package dev.sluice.tensorflow;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.core.ContentCheck;
import dev.sluice.tensorflow.FileFields.MalformedException;
import dev.sluice.tensorflow.VariablesIndex.UnknownFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Says which part of a SavedModel has not arrived yet: whether {@code saved_model.pb} is whole, the
 * variables that it restores are there in full, and its assets exist. Reads lengths and indices
 * only, never a graph or a weight. Safe for use by many threads.
 *
 * <p>Variables need this check most: TensorFlow loads a SavedModel without its {@code
 * variables.index} and says nothing, and the model then answers with errors or nonsense.
 *
 * <p>What it does not know, it does not miss: other formats ({@code saved_model.pbtxt}, {@code
 * model.tflite}), and an index in a form that TensorFlow does not write. A weight whose bytes have
 * been reserved and not written looks as if it were there.
 */
public final class SavedModelContent implements ContentCheck {

  private static final String INDEX = "variables/variables.index";

  private static final List<String> OTHER_FORMATS =
      List.of("saved_model.pbtxt", "saved_model.cpb", "model.tflite", "export.meta");

  @Override
  public Optional<String> missing(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    Path graph = directory.resolve("saved_model.pb");
    if (!Files.exists(graph)) {
      return OTHER_FORMATS.stream().anyMatch(file -> Files.exists(directory.resolve(file)))
          ? Optional.empty()
          : Optional.of("saved_model.pb is missing");
    }
    SavedModelFile file = SavedModelFile.read(graph);
    if (!file.isWhole()) {
      return Optional.of("saved_model.pb " + file.missing());
    }
    Optional<String> asset = missingAsset(directory, file.assets());
    return asset.isEmpty() && file.restoresVariables() ? missingVariables(directory) : asset;
  }

  private static Optional<String> missingAsset(Path directory, List<String> names) {
    return names.stream()
        .map(name -> "assets/" + name)
        .filter(asset -> !Files.exists(directory.resolve(asset)))
        .map(asset -> asset + " is missing")
        .findFirst();
  }

  private static Optional<String> missingVariables(Path directory) throws IOException {
    Path index = directory.resolve(INDEX);
    if (!Files.exists(index)) {
      return Optional.of(INDEX + " is missing");
    }
    try {
      return missingData(directory, VariablesIndex.read(index).shardBytes());
    } catch (MalformedException partial) {
      return Optional.of(INDEX + " " + partial.getMessage());
    } catch (UnknownFormatException | InvalidProtocolBufferException unknown) {
      return Optional.empty();
    }
  }

  private static Optional<String> missingData(Path directory, long[] needed) throws IOException {
    for (int shard = 0; shard < needed.length; shard++) {
      String name = "variables/variables.data-%05d-of-%05d".formatted(shard, needed.length);
      Path file = directory.resolve(name);
      if (!Files.exists(file)) {
        return Optional.of(name + " is missing");
      }
      long size = Files.size(file);
      if (size < needed[shard]) {
        return Optional.of("%s has %d bytes, %d needed".formatted(name, size, needed[shard]));
      }
    }
    return Optional.empty();
  }
}
