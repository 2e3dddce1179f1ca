package dev.sluice.tensorflow;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a SavedModel says of itself, read from its files without TensorFlow and without bringing its
 * graph to the heap. Immutable.
 *
 * @param metaGraphs at least one, in the file's order
 */
public record SavedModelDescription(List<MetaGraph> metaGraphs) {

  private static final String FILE = "saved_model.pb";
  private static final String TEXT_FILE = "saved_model.pbtxt";
  private static final int META_GRAPHS = 2;

  public SavedModelDescription {
    metaGraphs = List.copyOf(metaGraphs);
  }

  /**
   * One graph with its signatures.
   *
   * @param tags what it is for; {@code serve} in what is exported to be served
   * @param tensorflowVersion the version that wrote it; empty if it does not say
   * @param signatures by name in byte order
   * @param placeholders the number of the type that each placeholder of the graph takes, by its
   *     name
   * @param parsesExamples whether some op of the graph parses {@code tf.Example}s
   */
  public record MetaGraph(
      List<String> tags,
      String tensorflowVersion,
      SortedMap<String, Signature> signatures,
      Map<String, Integer> placeholders,
      boolean parsesExamples) {
    public MetaGraph {
      tags = List.copyOf(tags);
      placeholders = Map.copyOf(placeholders);
    }
  }

  /**
   * Reads the SavedModel of one version.
   *
   * <p>Its files have to be complete, as {@link SavedModelContent} understands that.
   *
   * @param directory holds {@code saved_model.pb}
   * @throws StatusException NOT_FOUND if there is no SavedModel, UNIMPLEMENTED if there is a model
   *     in another form, DATA_LOSS if the files are damaged or only a part of a copy,
   *     PERMISSION_DENIED if they cannot be read
   */
  public static SavedModelDescription read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      throw missing(directory);
    }
    try {
      SavedModelDescription description = new SavedModelDescription(metaGraphs(file));
      new SavedModelContent()
          .missing(directory)
          .ifPresent(missing -> {
            throw damaged(directory, missing);
          });
      return description;
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.PERMISSION_DENIED, "cannot read " + directory + ": " + failure, failure);
    }
  }

  /**
   * A signature from the bytes of its {@code SignatureDef}, as model metadata carries them.
   *
   * @throws StatusException INTERNAL if they do not parse
   */
  public static Signature signature(String name, byte[] definition) {
    try {
      return MetaGraphSkim.signature(name, definition);
    } catch (InvalidProtocolBufferException malformed) {
      throw StatusException.internal(
          "the definition of signature %s does not parse: %s", name, malformed.getMessage());
    }
  }

  private static StatusException missing(Path directory) {
    if (Files.exists(directory.resolve(TEXT_FILE))) {
      return StatusException.unimplemented(
          "%s has a SavedModel in text form (%s), which is served but not described; expected %s",
          directory, TEXT_FILE, FILE);
    }
    String other = OtherFormats.in(directory);
    return other.isEmpty()
        ? StatusException.notFound("no SavedModel in %s: expected a file %s", directory, FILE)
        : StatusException.unimplemented(
            "no SavedModel in %s, which has %s; expected a file %s", directory, other, FILE);
  }

  private static List<MetaGraph> metaGraphs(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      List<MetaGraph> graphs = metaGraphs(channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
      if (graphs.isEmpty()) {
        throw damaged(file, "no graph in its " + channel.size() + " bytes");
      }
      return graphs;
    } catch (Malformed malformed) {
      throw damaged(file, malformed.getMessage());
    } catch (InternalError fault) { // what the JVM makes of a page that is gone
      throw damaged(file, "it became shorter while it was read");
    }
  }

  private static List<MetaGraph> metaGraphs(MemorySegment savedModel) throws Malformed {
    try {
      List<MetaGraph> graphs = new ArrayList<>();
      MessageSkim fields = new MessageSkim(savedModel);
      while (fields.next()) {
        if (fields.isBytes(META_GRAPHS)) {
          graphs.add(MetaGraphSkim.read(fields.content(), true));
        }
      }
      return graphs;
    } catch (IOException malformed) {
      throw new Malformed(malformed);
    }
  }

  /** Bytes that do not parse, as opposed to bytes that cannot be read. */
  private static final class Malformed extends IOException {
    Malformed(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static StatusException damaged(Path file, @Nullable String why) {
    return StatusException.of(
        StatusCode.DATA_LOSS, "%s is damaged, or only a part of a copy: %s", file, why);
  }
}
