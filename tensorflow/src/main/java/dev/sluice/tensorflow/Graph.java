package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The graph of a SavedModel with its library of functions, read where TensorFlow left it in native
 * memory: names and small attributes come to the heap, constants of any size stay where they are.
 *
 * <p>Valid while the model is being loaded, by one thread: with the end of the load the memory
 * under it is freed.
 */
final class Graph {

  private static final int GRAPH_DEF = 2;
  private static final int NODE = 1;
  private static final int LIBRARY = 2;
  private static final int VERSIONS = 4;
  private static final int FUNCTION = 1;

  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Map<String, FunctionReader> library = new HashMap<>();
  private final Map<String, Function> functions = new HashMap<>();
  private MemorySegment versions = MemorySegment.NULL;
  private long bytes;

  private Graph() {}

  /**
   * Reads the graph of a {@code MetaGraphDef}.
   *
   * @throws StatusException INTERNAL if it does not parse, NOT_FOUND if TensorFlow does not know
   *     one of its ops
   */
  static Graph ofMetaGraph(MemorySegment metaGraph) {
    try {
      Graph graph = new Graph();
      MessageSkim fields = new MessageSkim(metaGraph);
      while (fields.next()) {
        if (fields.isBytes(GRAPH_DEF)) {
          graph.read(fields.content());
        }
      }
      return graph;
    } catch (IOException malformed) {
      throw malformed(malformed);
    }
  }

  private static StatusException malformed(IOException failure) {
    return StatusException.internal(
        "TensorFlow returned a graph that does not parse: %s", failure.getMessage());
  }

  private void read(MemorySegment graph) throws IOException {
    bytes = graph.byteSize();
    MessageSkim parts = new MessageSkim(graph);
    while (parts.next()) {
      if (parts.isBytes(LIBRARY)) {
        MessageSkim entries = new MessageSkim(parts.content());
        while (entries.next()) {
          if (entries.isBytes(FUNCTION)) {
            FunctionReader function = FunctionReader.of(entries.content());
            library.put(function.name(), function);
          }
        }
      } else if (parts.isBytes(VERSIONS)) {
        versions = parts.content();
      }
    }
    // The library comes behind the nodes, and tells which of their ops are functions.
    MessageSkim fields = new MessageSkim(graph);
    while (fields.next()) {
      if (fields.isBytes(NODE)) {
        Node node = NodeReader.read(fields.content(), Map.of()).node(this);
        nodes.put(node.name(), node);
      }
    }
  }

  /** The serialised {@code VersionDef} of the graph, where it lies; empty if there is none. */
  MemorySegment versions() {
    return versions;
  }

  /** How long the serialised graph is, with all its constants and functions. */
  long bytes() {
    return bytes;
  }

  /** The nodes outside of functions, by name. */
  Map<String, Node> nodes() {
    return Collections.unmodifiableMap(nodes);
  }

  /** Whether an op or a name in an attribute is that of a function of the library. */
  boolean isFunction(String name) {
    return library.containsKey(name);
  }

  /** The reader of a function; null if the library has no such function. */
  @Nullable FunctionReader reader(String name) {
    return library.get(name);
  }

  /**
   * A function of the library.
   *
   * @param attributes what takes the place of the function's own open attributes, which few have
   * @throws StatusException NOT_FOUND if there is none of the name, UNIMPLEMENTED if it is of a
   *     kind that we can't read (arguments of a variable number), INTERNAL if it does not parse
   */
  Function function(String name, Map<String, AttrValue> attributes) {
    FunctionReader reader = library.get(name);
    if (reader == null) {
      throw StatusException.notFound("the graph has no function %s", name);
    }
    if (reader.isGeneric()) {
      return read(reader, attributes);
    }
    Function known = functions.get(name);
    if (known == null) {
      known = read(reader, Map.of());
      functions.put(name, known);
    }
    return known;
  }

  private Function read(FunctionReader reader, Map<String, AttrValue> attributes) {
    try {
      return reader.read(this, attributes);
    } catch (IOException malformed) {
      throw malformed(malformed);
    }
  }
}
