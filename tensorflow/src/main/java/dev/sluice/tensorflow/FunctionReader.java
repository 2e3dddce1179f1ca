package dev.sluice.tensorflow;

import com.google.protobuf.CodedInputStream;
import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.FunctionDef;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A serialised {@code FunctionDef}, of which the body is read when somebody asks for it.
 *
 * @param signature its name, arguments and results, as if it were an op
 * @param definition all of it, where it lies
 */
record FunctionReader(OpDef signature, MemorySegment definition) {

  private static final int SIGNATURE = 1;
  private static final int NODE = 3;

  private static final OpDef ARGUMENT =
      OpDef.newBuilder()
          .setName(Function.ARGUMENT)
          .addOutputArg(OpDef.ArgDef.newBuilder().setName("output").setTypeAttr("T"))
          .build();

  static FunctionReader of(MemorySegment definition) throws IOException {
    MessageSkim fields = new MessageSkim(definition);
    while (fields.next()) {
      if (fields.isBytes(SIGNATURE)) {
        return new FunctionReader(OpDef.parseFrom(fields.shortContent()), definition);
      }
    }
    throw new IOException("a function without a signature");
  }

  String name() {
    return signature.getName();
  }

  /** Whether it is to be completed by attributes of the call. */
  boolean isGeneric() {
    return signature.getAttrCount() > 0;
  }

  /**
   * Reads the function.
   *
   * @param open what its open attributes are to be
   */
  Function read(Graph graph, Map<String, AttrValue> open) throws IOException {
    FunctionDef.Builder ends = FunctionDef.newBuilder();
    List<NodeReader> body = new ArrayList<>();
    MessageSkim fields = new MessageSkim(definition);
    while (fields.next()) {
      if (fields.isBytes(NODE)) {
        body.add(NodeReader.read(fields.content(), open));
      } else if (!fields.isBytes(SIGNATURE)) {
        ends.mergeFrom(CodedInputStream.newInstance(fields.whole().asByteBuffer()));
      }
    }
    Map<String, Node> nodes = arguments(open);
    List<String> arguments = List.copyOf(nodes.keySet());
    // References name an output of a node, so all nodes are made before any is linked.
    body.forEach(node -> nodes.put(node.name(), node.unlinked(graph)));
    body.forEach(node -> nodes.computeIfPresent(node.name(), (_, bare) -> link(bare, node, nodes)));
    return new Function(
        name(),
        arguments,
        nodes,
        results(ends, nodes),
        signature.getOutputArgList().stream().map(result -> type(result, open)).toList(),
        List.copyOf(ends.getControlRetMap().values()),
        attributes(ends));
  }

  private static Map<String, Attribute> attributes(FunctionDef.Builder function) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    function.getAttrMap().forEach((key, value) -> attributes.put(key, Attribute.of(value)));
    return attributes;
  }

  private Map<String, Node> arguments(Map<String, AttrValue> open) {
    Map<String, Node> arguments = new LinkedHashMap<>();
    for (OpDef.ArgDef argument : signature.getInputArgList()) {
      AttrValue type = AttrValue.newBuilder().setType(type(single(argument), open)).build();
      Map<String, Attribute> attributes = Map.of("T", Attribute.of(type));
      arguments.put(
          argument.getName(),
          new Node(argument.getName(), ARGUMENT, List.of(), List.of(), attributes, ""));
    }
    return arguments;
  }

  private static DataType type(OpDef.ArgDef argument, Map<String, AttrValue> open) {
    AttrValue given = open.get(argument.getTypeAttr());
    return given == null ? argument.getType() : given.getType();
  }

  private OpDef.ArgDef single(OpDef.ArgDef argument) {
    if (!argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty()) {
      throw StatusException.unimplemented(
          "argument %s of function %s is a variable number of tensors", argument.getName(), name());
    }
    return argument;
  }

  private List<Port> results(FunctionDef.Builder ends, Map<String, Node> nodes) {
    List<Port> results = new ArrayList<>();
    for (OpDef.ArgDef result : signature.getOutputArgList()) {
      String name = single(result).getName();
      results.add(port(ends.getRetOrDefault(name, name), nodes));
    }
    return results;
  }

  private Node link(Node bare, NodeReader read, Map<String, Node> nodes) {
    List<Port> data = new ArrayList<>();
    List<String> controls = new ArrayList<>();
    for (String input : read.inputs()) {
      if (input.startsWith("^")) {
        controls.add(input.substring(1));
      } else {
        data.add(port(input, nodes));
      }
    }
    return bare.in(bare.name(), data, controls);
  }

  /** Reads {@code argument} or {@code node:output:index}, the index being that in the output. */
  private Port port(String reference, Map<String, Node> nodes) {
    String[] parts = reference.split(":", -1);
    Node source = nodes.get(parts[0]);
    if (source != null && parts.length == 1) {
      return new Port(parts[0], 0);
    }
    int first = source == null ? -1 : source.firstOutput(parts[1]);
    int index = parts.length == 3 ? Port.number(parts[2]) : 0;
    if (first < 0 || index < 0) {
      throw StatusException.internal(
          "function %s reads %s, and has no such tensor", name(), reference);
    }
    return new Port(parts[0], first + index);
  }
}
