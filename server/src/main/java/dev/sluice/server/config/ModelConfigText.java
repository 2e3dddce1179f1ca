package dev.sluice.server.config;

import com.google.protobuf.TextFormat.ParseException;
import com.google.protobuf.TextFormatParseInfoTree;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model config file says: a config whose fields have places, or a syntax error. Immutable.
 */
public final class ModelConfigText {

  private static final Logger LOG = System.getLogger(ModelConfigText.class.getName());

  private final TextProtoFile file;
  private final ModelServerConfig config;
  private final @Nullable TextPlaces places;
  private final @Nullable ParseException malformed;

  private ModelConfigText(
      TextProtoFile file,
      ModelServerConfig config,
      @Nullable TextPlaces places,
      @Nullable ParseException malformed) {
    this.file = file;
    this.config = config;
    this.places = places;
    this.malformed = malformed;
  }

  /**
   * Reads and parses a file.
   *
   * @param path a path or a {@code file://} URI
   * @throws StatusException NOT_FOUND without the file, PERMISSION_DENIED where it can't be read,
   *     INVALID_ARGUMENT where it is empty
   */
  public static ModelConfigText read(String path) {
    return of(path, content(path));
  }

  /**
   * The bytes of a file.
   *
   * @throws StatusException as {@link #read}
   */
  public static byte[] content(String path) {
    return new TextProtoFile(path, LOG).bytes();
  }

  /** Parses what was read from a file. */
  public static ModelConfigText of(String path, byte[] content) {
    TextProtoFile file = new TextProtoFile(path, LOG);
    ModelServerConfig.Builder into = ModelServerConfig.newBuilder();
    try {
      TextFormatParseInfoTree tree = file.parse(content, into);
      ModelServerConfig config = into.build();
      TextPlaces places = new TextPlaces(tree, config.getModelConfigList().getConfigCount());
      return new ModelConfigText(file, config, places, null);
    } catch (ParseException malformed) {
      return new ModelConfigText(file, ModelServerConfig.getDefaultInstance(), null, malformed);
    }
  }

  /** The file, as it was named. */
  public String path() {
    return file.path();
  }

  /**
   * The config.
   *
   * @throws StatusException INVALID_ARGUMENT, with the text of TensorFlow Serving, if the text is
   *     not one
   */
  public ModelServerConfig config() {
    if (malformed != null) {
      throw file.refusal(malformed);
    }
    return config;
  }

  /** The syntax error as the log has it: type of message, line, column and reason. */
  public Optional<String> syntaxError() {
    return Optional.ofNullable(malformed)
        .map(error -> TextProtoFile.errorLine(ModelServerConfig.newBuilder(), error));
  }

  /** The syntax error behind the file's name: {@code file:line:column: reason}. */
  public Optional<String> syntaxErrorInFile() {
    return Optional.ofNullable(malformed).map(error -> path() + ":" + TextProtoFile.reason(error));
  }

  /**
   * Everything that is wrong with the list of models by itself, in the order in which TensorFlow
   * Serving looks for it; empty where there is no list.
   *
   * @param known the names of the models that are served already
   */
  public List<ConfigFlaw> flaws(Set<String> known) {
    return ModelConfigFile.flaws(config, known);
  }

  /** A flaw with its place: {@code file:line:column: field: message}. */
  public String line(ConfigFlaw flaw) {
    String where = places == null ? "" : ":" + places.of(flaw.model(), flaw.field());
    return path() + where + ": " + flaw.path() + ": " + flaw.message();
  }
}
