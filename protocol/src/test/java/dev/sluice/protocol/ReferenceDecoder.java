package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The decoding of predict requests as the contract tells it, over a tree and with recursion: slow,
 * short, and blind to everything the real one does for speed. Knows {@code float}, {@code int32}
 * and {@code string}. Yields shown tensors, or the error's text.
 */
final class ReferenceDecoder {

  private record Node(int start, char kind, List<String> keys, List<Node> items, String text) {}

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  private final byte[] bytes;
  private final String text;
  private final Signature signature;
  private int at;

  private ReferenceDecoder(String text, Signature signature) {
    this.text = text;
    this.bytes = Fixtures.utf8(text);
    this.signature = signature;
  }

  /** Text of ASCII only, sound, with {@code instances} or {@code inputs} as its only key. */
  static String decode(String text, Signature signature) {
    ReferenceDecoder decoder = new ReferenceDecoder(text, signature);
    Node root = decoder.value();
    try {
      Node value = root.items.getFirst();
      return root.keys.getFirst().equals("instances")
          ? decoder.rows(root, value)
          : decoder.columns(value);
    } catch (Refused refused) {
      return refused.getMessage();
    }
  }

  // The tree.

  private void space() {
    while (" \n\t\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private Node value() {
    space();
    int start = at;
    char kind = text.charAt(at);
    List<String> keys = new ArrayList<>();
    List<Node> items = new ArrayList<>();
    if (kind != '[' && kind != '{') {
      at = kind == '"' ? text.indexOf('"', at + 1) + 1 : at;
      while (kind != '"' && ",]} \n".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return new Node(start, kind, keys, items, text.substring(start, at));
    }
    at++;
    space();
    while (text.charAt(at) != ']' && text.charAt(at) != '}') {
      if (kind == '{') {
        keys.add(value().text.replace("\"", ""));
        space();
        at++;
      }
      items.add(value());
      space();
      at += text.charAt(at) == ',' ? 1 : 0;
      space();
    }
    at++;
    return new Node(start, kind, keys, items, "");
  }

  private String echo(Node node) {
    return JsonEcho.of(bytes, node.start);
  }

  private static boolean isBase64(Node node) {
    return node.kind == '{'
        && node.keys.equals(List.of("b64"))
        && node.items.getFirst().kind == '"';
  }

  private static boolean isPlainObject(Node node) {
    return node.kind == '{' && !isBase64(node);
  }

  // One value.

  private static List<Integer> shape(Node node) {
    List<Integer> shape = new ArrayList<>();
    Node first = node;
    while (first != null && first.kind == '[') {
      shape.add(first.items.size());
      first = first.items.isEmpty() ? null : first.items.getFirst();
    }
    return shape;
  }

  private void fill(Node node, int level, List<Integer> shape, DataType type, List<String> out) {
    if (node.kind != '[') {
      if (level != shape.size()) {
        throw new Refused(
            "JSON Value: %s found at incorrect level: %d in the JSON DOM. Expected at level: %d"
                    .formatted(echo(node), level + 1, shape.size())
                + " (a single value where a list of %d is expected)".formatted(shape.get(level)));
      }
      out.add(element(node, type));
      return;
    }
    if (level >= shape.size()) {
      throw new Refused(
          "Encountered list at unexpected level: %d expected < %d".formatted(level, shape.size()));
    }
    if (node.items.size() != shape.get(level)) {
      throw new Refused(
          "Encountered list at unexpected size: %d at level: %d expected size: %d"
              .formatted(node.items.size(), level, shape.get(level)));
    }
    node.items.forEach(item -> fill(item, level + 1, shape, type, out));
  }

  private String element(Node node, DataType type) {
    if (node.kind == '{' && type == DataType.STRING) {
      if (!isBase64(node)) {
        throw new Refused("JSON Value: " + echo(node) + " not formatted correctly for base64 data");
      }
      String base64 = node.items.getFirst().text.replace("\"", "");
      try {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException invalid) {
        throw new Refused("Unable to base64 decode");
      }
    }
    boolean number = "-0123456789".indexOf(node.kind) >= 0;
    boolean fits =
        switch (type) {
          case STRING -> node.kind == '"';
          case FLOAT -> number;
          default -> number && node.text.matches("-?[0-9]+");
        };
    if (!fits) {
      throw new Refused(
          "JSON Value: %s Type: %s is not of expected type: %s"
              .formatted(echo(node), JsonCursor.typeName((byte) node.kind), type.label()));
    }
    return type == DataType.FLOAT
        ? Float.toString(Float.parseFloat(node.text))
        : node.text.replace("\"", "");
  }

  private static String shown(DataType type, List<Integer> shape, List<String> values) {
    return type.label()
        + text(shape)
        + ":"
        + (values.isEmpty() ? "" : " " + String.join(" ", values));
  }

  private static String text(List<Integer> shape) {
    return shape.toString().replace(" ", "");
  }

  // The formats.

  private String columns(Node value) {
    if (!isPlainObject(value)) {
      if (signature.inputs().size() > 1) {
        throw new Refused(
            "inputs is a plain value/list, but expecting an object as multiple input tensors"
                + " required as per tensorinfo_map");
      }
      return column(signature.inputs().getFirst(), value);
    }
    for (TensorSpec spec : signature.inputs()) {
      if (!value.keys.contains(spec.name())) {
        throw new Refused("Missing named input: " + spec.name() + " in 'inputs' object.");
      }
    }
    List<String> all = new ArrayList<>();
    for (TensorSpec spec : signature.inputs()) {
      all.add(column(spec, value.items.get(value.keys.indexOf(spec.name()))));
    }
    return String.join("; ", all);
  }

  private String column(TensorSpec spec, Node node) {
    List<Integer> shape = shape(node);
    List<String> values = new ArrayList<>();
    try {
      fill(node, 0, shape, spec.dataType(), values);
    } catch (Refused refused) {
      boolean ofShape =
          refused.getMessage().startsWith("Encountered")
              || refused.getMessage().contains("incorrect level");
      throw ofShape ? new Refused(refused.getMessage() + " (input: " + spec.name() + ")") : refused;
    }
    return shown(spec.dataType(), shape, values);
  }

  private final Map<String, List<String>> values = new HashMap<>();
  private final Map<String, List<Integer>> shapes = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();

  private String rows(Node root, Node list) {
    if (list.kind != '[') {
      throw new Refused("JSON Value: " + echo(root) + " Expecting 'instances' to be an list/array");
    }
    if (list.items.isEmpty()) {
      throw new Refused("JSON Value: " + echo(root) + " No values in 'instances' array");
    }
    Node first = list.items.getFirst();
    if (!isPlainObject(first) && signature.inputs().size() > 1) {
      throw new Refused(
          "instances is a plain list, but expecting list of objects as multiple input tensors"
              + " required as per tensorinfo_map"
              + (first.kind == '{' ? ": a,b" : ""));
    }
    for (int i = 0; i < list.items.size(); i++) {
      row(i, list.items.get(i), isPlainObject(first));
    }
    List<String> all = new ArrayList<>();
    for (TensorSpec spec : signature.inputs()) {
      List<Integer> shape = new ArrayList<>(List.of(list.items.size()));
      shape.addAll(shapes.get(spec.name()));
      all.add(shown(spec.dataType(), shape, values.get(spec.name())));
    }
    return String.join("; ", all);
  }

  private void row(int index, Node element, boolean named) {
    String of = "Failed to process element: " + index;
    String error = " of 'instances' list. Error: INVALID_ARGUMENT: ";
    if (!named) {
      if (isPlainObject(element)) {
        throw new Refused(
            "Expecting value/list but got object at item " + index + " of input list");
      }
      try {
        item(signature.inputs().getFirst().name(), element);
      } catch (Refused refused) {
        throw new Refused(of + error + refused.getMessage());
      }
      return;
    }
    if (!isPlainObject(element)) {
      throw new Refused("Expecting object but got list at item " + index + " of input list");
    }
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < element.keys.size(); i++) {
      String key = element.keys.get(i);
      try {
        if (signature.input(key) != null && !keys.add(key)) {
          throw new Refused("duplicate key");
        }
        item(key, element.items.get(i));
      } catch (Refused refused) {
        throw new Refused(of + " key: " + key + error + refused.getMessage());
      }
    }
    if (keys.size() != signature.inputs().size()) {
      String names = String.join(",", signature.inputs().stream().map(TensorSpec::name).toList());
      throw new Refused(
          of
              + " of 'instances' list. JSON object: "
              + echo(element)
              + " keys must be equal to: "
              + names);
    }
  }

  private void item(String name, Node node) {
    TensorSpec spec = signature.input(name);
    if (spec == null) {
      throw new Refused("JSON object: does not have named input: " + name);
    }
    List<Integer> shape = shape(node);
    List<String> own = new ArrayList<>();
    fill(node, 0, shape, spec.dataType(), own);
    Integer count = counts.putIfAbsent(name, own.size());
    if (count != null && count != own.size()) {
      throw new Refused("Expecting tensor size: %d but got: %d".formatted(count, own.size()));
    }
    List<Integer> first = shapes.putIfAbsent(name, shape);
    if (first != null && !first.equals(shape)) {
      throw new Refused("Expecting shape %s but got: %s".formatted(text(first), text(shape)));
    }
    values.computeIfAbsent(name, none -> new ArrayList<>()).addAll(own);
  }
}
