package dev.sluice.tensorflow;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads from a serialised {@code GraphDef}, where it lies, what its placeholders take and whether
 * it parses {@code tf.Example}s. Constants are stepped over.
 */
final class GraphSkim {

  private static final int NODE = 1;
  private static final int LIBRARY = 2;
  private static final int FUNCTION = 1;
  private static final int FUNCTION_NODE = 3;

  private static final int NAME = 1;
  private static final int OP = 2;
  private static final int ATTRIBUTE = 5;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int TYPE = 6;

  private final Map<String, Integer> placeholders = new HashMap<>();
  private boolean parsesExamples;

  /**
   * Reads a graph with its functions.
   *
   * @throws IOException if it does not parse
   */
  void read(MemorySegment graph) throws IOException {
    MessageSkim fields = new MessageSkim(graph);
    while (fields.next()) {
      if (fields.isBytes(NODE)) {
        node(fields.content());
      } else if (fields.isBytes(LIBRARY)) {
        library(fields.content());
      }
    }
  }

  /** The number of the type of each placeholder, by the placeholder's name. */
  Map<String, Integer> placeholders() {
    return placeholders;
  }

  /** Whether an op of the graph or of its functions parses {@code tf.Example}s. */
  boolean parsesExamples() {
    return parsesExamples;
  }

  private void library(MemorySegment library) throws IOException {
    MessageSkim functions = new MessageSkim(library);
    while (functions.next()) {
      if (functions.isBytes(FUNCTION)) {
        MessageSkim fields = new MessageSkim(functions.content());
        while (fields.next()) {
          if (fields.isBytes(FUNCTION_NODE)) {
            noteOp(op(fields.content()));
          }
        }
      }
    }
  }

  private void noteOp(String op) {
    parsesExamples |= op.startsWith("ParseExample") || op.startsWith("ParseSingleExample");
  }

  private static String op(MemorySegment node) throws IOException {
    MessageSkim fields = new MessageSkim(node);
    while (fields.next()) {
      if (fields.isBytes(OP)) {
        return text(fields);
      }
    }
    return "";
  }

  private void node(MemorySegment node) throws IOException {
    String op = op(node);
    noteOp(op);
    if (!op.startsWith("Placeholder")) {
      return;
    }
    String name = "";
    int type = 0;
    MessageSkim fields = new MessageSkim(node);
    while (fields.next()) {
      if (fields.isBytes(NAME)) {
        name = text(fields);
      } else if (fields.isBytes(ATTRIBUTE)) {
        type = Math.max(type, typeAttribute(fields.content()));
      }
    }
    placeholders.put(name, type);
  }

  /** The value of the attribute {@code dtype}; 0 for any other attribute. */
  private static int typeAttribute(MemorySegment entry) throws IOException {
    String key = "";
    int type = 0;
    MessageSkim fields = new MessageSkim(entry);
    while (fields.next()) {
      if (fields.isBytes(KEY)) {
        key = text(fields);
      } else if (fields.isBytes(VALUE)) {
        MessageSkim value = new MessageSkim(fields.content());
        while (value.next()) {
          type = value.isNumber(TYPE) ? (int) value.number() : type;
        }
      }
    }
    return key.equals("dtype") ? type : 0;
  }

  private static String text(MessageSkim field) throws IOException {
    return StandardCharsets.UTF_8.decode(field.shortContent()).toString();
  }
}
