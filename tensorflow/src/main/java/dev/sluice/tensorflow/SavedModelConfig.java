package dev.sluice.tensorflow;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version itself says of its session: its file {@code assets.extra/saved_model_config.pb}, a
 * {@code SavedModelConfig} of TensorFlow Serving. Its two rewriters of graphs exist in TensorFlow
 * Serving alone; what is left is whether TensorFlow may optimise the graph.
 */
final class SavedModelConfig {

  private static final System.Logger LOG = System.getLogger(SavedModelConfig.class.getName());
  private static final Path FILE = Path.of("assets.extra", "saved_model_config.pb");

  /** Fields of SavedModelConfig and of its SessionOverrides. */
  private static final int OVERRIDES = 1;

  private static final int REMOTE_OP = 1;
  private static final int BATCH_OP = 2;
  private static final int DISABLE_META_OPTIMIZER = 3;

  private SavedModelConfig() {}

  /**
   * The options with what the version in a directory says. Without such a file, or with one that
   * can't be read, which the log says, they stay as they are.
   */
  static SessionOptions apply(Path directory, SessionOptions options) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return options;
    }
    LOG.log(Level.INFO, "Loading model config from " + file);
    UnknownFieldSet overrides;
    try {
      overrides = overrides(UnknownFieldSet.parseFrom(Files.readAllBytes(file)));
    } catch (IOException unreadable) {
      LOG.log(
          Level.WARNING,
          "Failed to load saved model config: INTERNAL: Unable to parse SavedModelConfig: " + file);
      return options;
    }
    LOG.log(Level.INFO, "Finished loading model config from " + file);
    return overrides == null ? options : overridden(file, options, overrides);
  }

  /** Null if there are none. */
  private static @Nullable UnknownFieldSet overrides(UnknownFieldSet config) throws IOException {
    if (!config.hasField(OVERRIDES)) {
      return null;
    }
    UnknownFieldSet.Builder overrides = UnknownFieldSet.newBuilder();
    for (ByteString part : config.getField(OVERRIDES).getLengthDelimitedList()) {
      var _ = overrides.mergeFrom(part);
    }
    return overrides.build();
  }

  private static SessionOptions overridden(
      Path file, SessionOptions options, UnknownFieldSet overrides) {
    warn(file, "remote_op_remap_config", overrides.hasField(REMOTE_OP));
    warn(file, "batch_op_rewriter_config", overrides.hasField(BATCH_OP));
    List<Long> disabled = overrides.getField(DISABLE_META_OPTIMIZER).getVarintList();
    return options.optimising(disabled.isEmpty() || disabled.getLast() == 0);
  }

  private static void warn(Path file, String field, boolean given) {
    if (given) {
      LOG.log(Level.WARNING, field + " in " + file + " has no effect in Sluice");
    }
  }
}
