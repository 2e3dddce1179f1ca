package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Ops that compute each element of an output from the elements at its place in the inputs. */
final class ElementRules {

  private ElementRules() {}

  /** As many inputs as there are, broadcast against each other. */
  static List<Flow> elementwise(OpView op) {
    List<Integer> inputs = new ArrayList<>();
    for (int i = 0; i < op.inputs().size(); i++) {
      inputs.add(i);
    }
    Shaped result = broadcast(op, inputs);
    return op.all(withContent(op, result));
  }

  /** Gives on what comes, whatever it is. */
  static List<Flow> same(OpView op) {
    return op.inputs();
  }

  /** The same, and every input has the shape of the others: none is broadcast. */
  static List<Flow> selectByRow(OpView op) {
    Shaped condition = op.data(0);
    boolean vector = op.rank(0) == 1 && op.rank(1) > 1;
    if (!vector) {
      return elementwise(op);
    }
    Shaped values = broadcast(op, List.of(1, 2));
    if (condition.isRows() != values.isRows() || (condition.isRows() && values.axis() != 0)) {
      throw op.mixes("selects whole rows by what is none");
    }
    return op.all(values);
  }

  /** The first input alone, element by element; the others are parameters. */
  static List<Flow> withParameters(OpView op) {
    for (int i = 1; i < op.inputs().size(); i++) {
      op.fixed(i);
    }
    return op.all(broadcast(op, List.of(0)));
  }

  /** What some inputs are together, after TensorFlow's rules of broadcasting. */
  static Shaped broadcast(OpView op, List<Integer> inputs) {
    int rank = inputs.stream().mapToInt(op::rank).max().orElse(0);
    int axis = -1;
    boolean counted = false;
    for (int input : inputs) {
      Shaped shaped = op.data(input);
      counted |= shaped.counted();
      if (shaped.isRows()) {
        int place = shaped.axis() + rank - op.rank(input);
        if (axis >= 0 && axis != place) {
          throw op.mixes("sets the rows against each other");
        }
        axis = place;
      }
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      dimensions.add(dimension(op, inputs, rank, i));
    }
    return new Shaped(dimensions, axis, counted, null);
  }

  private static Size dimension(OpView op, List<Integer> inputs, int rank, int axis) {
    List<Size> sizes = new ArrayList<>();
    for (int input : inputs) {
      int own = axis - (rank - op.rank(input));
      if (own >= 0 && !op.dimensions(input).get(own).is(1)) {
        sizes.add(op.dimensions(input).get(own));
      }
    }
    List<Size> distinct = sizes.stream().distinct().toList();
    if (distinct.size() <= 1) {
      return distinct.isEmpty() ? Size.ONE : distinct.get(0);
    }
    if (distinct.stream().anyMatch(Size::dependsOnRows)) {
      throw op.mixes("sets the rows against something of another length");
    }
    return distinct.stream().filter(Size::isNumber).findFirst().orElse(op.unknown(0, axis));
  }

  private static Shaped withContent(OpView op, Shaped result) {
    return result.isRows() || !isWhole(op)
        ? result
        : new Shaped(result.dimensions(), -1, result.counted(), content(op));
  }

  private static boolean isWhole(OpView op) {
    DataType type = op.node().type(op.node().op().equals("Cast") ? "DstT" : "T");
    return type == DataType.DT_INT32 || type == DataType.DT_INT64;
  }

  /** The result where it is a number or a vector of numbers that can be followed. */
  private static @Nullable List<Size> content(OpView op) {
    List<List<Size>> operands = new ArrayList<>();
    for (int i = 0; i < op.inputs().size(); i++) {
      List<Size> content = op.shaped(i).content();
      if (content == null || op.rank(i) > 1) {
        return null;
      }
      operands.add(content);
    }
    BinaryOperator<Size> operation = operation(op.node().op());
    return operation == null ? null : folded(operands, operation);
  }

  private static @Nullable List<Size> folded(
      List<List<Size>> operands, BinaryOperator<Size> operation) {
    List<Size> result = operands.get(0);
    if (operands.size() == 1) {
      return result.stream().map(size -> operation.apply(size, Size.ONE)).toList();
    }
    for (List<Size> operand : operands.subList(1, operands.size())) {
      int length = Math.max(result.size(), operand.size());
      if (result.size() != operand.size() && result.size() != 1 && operand.size() != 1) {
        return null;
      }
      List<Size> next = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        next.add(
            operation.apply(
                result.get(result.size() == 1 ? 0 : i), operand.get(operand.size() == 1 ? 0 : i)));
      }
      result = next;
    }
    return result;
  }

  private static @Nullable BinaryOperator<Size> operation(String op) {
    return switch (op) {
      case "Cast" -> (a, _) -> a;
      case "Add", "AddV2", "AddN" -> Size::plus;
      case "Sub" -> Size::minus;
      case "Neg" -> (a, _) -> Size.of(0).minus(a);
      case "Mul" -> Size::times;
      case "Maximum" -> (a, b) -> a.with(b, Math::max);
      case "Minimum" -> (a, b) -> a.with(b, Math::min);
      case "FloorDiv" -> ElementRules::quotient;
      case "FloorMod" -> (a, b) -> b.is(0) ? Size.FIXED : a.with(b, Math::floorMod);
      default -> null;
    };
  }

  private static Size quotient(Size a, Size b) {
    Size exact = a.dividedBy(b);
    return exact != null ? exact : b.is(0) ? Size.FIXED : a.with(b, Math::floorDiv);
  }
}
