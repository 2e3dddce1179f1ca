package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.NameAttrList;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node of a {@link Graph}, of a {@link Function}'s body or of a {@link FlatGraph}. Valid while
 * its model is being loaded, by one thread.
 *
 * @param name unique where it stands
 * @param definition what TensorFlow says of its op, or a function's signature where the op is a
 *     function
 * @param inputs what it reads, in the op's order
 * @param controls the names of the nodes that run before it without giving it anything
 * @param attributes as the graph has them: often without those that have their default value
 * @param device where it asks to run; mostly empty
 */
record Node(
    String name,
    OpDef definition,
    List<Port> inputs,
    List<String> controls,
    Map<String, Attribute> attributes,
    String device) {

  Node {
    inputs = List.copyOf(inputs);
    controls = List.copyOf(controls);
  }

  String op() {
    return definition.getName();
  }

  /** Whether the op has state or an effect, or is not the same each time. */
  boolean isStateful() {
    return definition.getIsStateful();
  }

  /** An attribute's value, by default the op's default; null where there is neither. */
  @Nullable AttrValue attribute(String attribute) {
    Attribute own = attributes.get(attribute);
    if (own != null) {
      return own.value();
    }
    for (OpDef.AttrDef declared : definition.getAttrList()) {
      if (declared.getName().equals(attribute) && declared.hasDefaultValue()) {
        return declared.getDefaultValue();
      }
    }
    return null;
  }

  private AttrValue valueOf(String attribute) {
    AttrValue value = attribute(attribute);
    return value == null ? AttrValue.getDefaultInstance() : value;
  }

  /** A type; {@code DT_INVALID} where there is none. */
  DataType type(String attribute) {
    return valueOf(attribute).getType();
  }

  /** A number; 0 where there is none. */
  long number(String attribute) {
    return valueOf(attribute).getI();
  }

  /** A flag; false where there is none. */
  boolean flag(String attribute) {
    return valueOf(attribute).getB();
  }

  /** A string; empty where there is none. */
  String text(String attribute) {
    return valueOf(attribute).getS().toString(UTF_8);
  }

  /** A list of numbers; empty where there is none. */
  List<Long> numbers(String attribute) {
    return valueOf(attribute).getList().getIList();
  }

  /**
   * The value of a constant; null if this is none or it is too large for the heap. Empty content
   * and a list of one value stand for a tensor full of it, as in every {@code TensorProto}.
   */
  @Nullable TensorProto constant() {
    Attribute value = attributes.get("value");
    return !op().equals("Const") || value == null || value.isLarge()
        ? null
        : value.value().getTensor();
  }

  /** The functions that its attributes name, with the attributes that these are to have. */
  List<NameAttrList> functions() {
    List<NameAttrList> functions = new ArrayList<>();
    for (Attribute attribute : attributes.values()) {
      if (!attribute.isLarge()) {
        AttrValue value = attribute.value();
        if (value.hasFunc()) {
          functions.add(value.getFunc());
        }
        functions.addAll(value.getList().getFuncList());
      }
    }
    return functions;
  }

  /** How many tensors it gives. */
  int outputs() {
    return definition.getOutputArgList().stream().mapToInt(this::length).sum();
  }

  /**
   * The first of the tensors that the op knows by one name, counted among all of its outputs.
   *
   * @return -1 if the op has no such output
   */
  int firstOutput(String argument) {
    int first = 0;
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      if (output.getName().equals(argument)) {
        return first;
      }
      first += length(output);
    }
    return -1;
  }

  private int length(OpDef.ArgDef argument) {
    if (!argument.getNumberAttr().isEmpty()) {
      return (int) number(argument.getNumberAttr());
    }
    return argument.getTypeListAttr().isEmpty()
        ? 1
        : valueOf(argument.getTypeListAttr()).getList().getTypeCount();
  }

  /** What the op says of one of its inputs. */
  OpDef.ArgDef inputArgument(int input) {
    return argument(input).declared;
  }

  /** The type of one of the inputs; {@code DT_INVALID} if the node does not say. */
  DataType inputType(int input) {
    Place place = argument(input);
    OpDef.ArgDef declared = place.declared;
    if (!declared.getTypeListAttr().isEmpty()) {
      return valueOf(declared.getTypeListAttr()).getList().getType(place.index);
    }
    return declared.getTypeAttr().isEmpty() ? declared.getType() : type(declared.getTypeAttr());
  }

  /** An argument of the op, and which of its tensors. */
  private record Place(OpDef.ArgDef declared, int index) {}

  private Place argument(int input) {
    int rest = input;
    for (OpDef.ArgDef declared : definition.getInputArgList()) {
      int length = length(declared);
      if (rest < length) {
        return new Place(declared, rest);
      }
      rest -= length;
    }
    throw StatusException.internal(
        "node %s has more inputs than its op %s takes", name, definition.getName());
  }

  /** The same with other inputs, and under another name. */
  Node in(String newName, List<Port> newInputs, List<String> newControls) {
    return new Node(newName, definition, newInputs, newControls, attributes, device);
  }
}
