package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.OpDef;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A serialised {@code NodeDef}, read: its inputs still as the texts that stand there, since the
 * bodies of functions write them in another way than graphs do.
 */
record NodeReader(
    String name, String op, List<String> inputs, String device, Map<String, Attribute> attributes) {

  private static final int NAME = 1;
  private static final int OP = 2;
  private static final int INPUT = 3;
  private static final int DEVICE = 4;
  private static final int ATTRIBUTE = 5;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  /**
   * @param open what takes the place of attributes that are open in a function
   */
  static NodeReader read(MemorySegment definition, Map<String, AttrValue> open) throws IOException {
    String name = "";
    String op = "";
    String device = "";
    List<String> inputs = new ArrayList<>();
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    MessageSkim fields = new MessageSkim(definition);
    while (fields.next()) {
      if (fields.isBytes(NAME)) {
        name = text(fields);
      } else if (fields.isBytes(OP)) {
        op = text(fields);
      } else if (fields.isBytes(INPUT)) {
        inputs.add(text(fields));
      } else if (fields.isBytes(DEVICE)) {
        device = text(fields);
      } else if (fields.isBytes(ATTRIBUTE)) {
        attribute(new MessageSkim(fields.content()), open, attributes);
      }
    }
    return new NodeReader(name, op, inputs, device, attributes);
  }

  private static void attribute(
      MessageSkim entry, Map<String, AttrValue> open, Map<String, Attribute> attributes)
      throws IOException {
    String key = "";
    Attribute value = Attribute.of(AttrValue.getDefaultInstance());
    while (entry.next()) {
      if (entry.isBytes(KEY)) {
        key = text(entry);
      } else if (entry.isBytes(VALUE)) {
        value = new Attribute(entry.content());
      }
    }
    if (!open.isEmpty() && !value.isLarge()) {
      AttrValue given = open.get(value.value().getPlaceholder());
      value = given == null ? value : Attribute.of(given);
    }
    attributes.put(key, value);
  }

  private static String text(MessageSkim field) throws IOException {
    return UTF_8.decode(field.shortContent()).toString();
  }

  /** As a node without its inputs. */
  Node unlinked(Graph graph) {
    FunctionReader function = graph.reader(op);
    OpDef definition = function == null ? OpDefs.of(op) : function.signature();
    return new Node(name, definition, List.of(), List.of(), attributes, device);
  }

  /** As a node of a graph, where an input is {@code node}, {@code node:index} or {@code ^node}. */
  Node node(Graph graph) {
    List<Port> data = new ArrayList<>();
    List<String> controls = new ArrayList<>();
    for (String input : inputs) {
      if (input.startsWith("^")) {
        controls.add(input.substring(1));
      } else {
        data.add(Port.parse(input));
      }
    }
    return unlinked(graph).in(name, data, controls);
  }
}
