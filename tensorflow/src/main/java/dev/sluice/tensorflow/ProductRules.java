package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;

/** Ops that multiply matrices; at most one factor may have rows that are not those of a batch. */
final class ProductRules {

  private ProductRules() {}

  /** Of two matrices, or of as many as the dimensions before the last two say. */
  static List<Flow> matMul(OpView op) {
    boolean plain = op.node().op().equals("MatMul");
    boolean left = op.node().flag(plain ? "transpose_a" : "adj_x");
    boolean right = op.node().flag(plain ? "transpose_b" : "adj_y");
    String x = letters(op.rank(0) - 2) + (left ? "ki" : "ik");
    String y = letters(op.rank(1) - 2) + (right ? "jk" : "kj");
    String result = letters(Math.max(op.rank(0), op.rank(1)) - 2) + "ij";
    return op.all(product(op, List.of(x, y), result));
  }

  /** Letters that no equation has. */
  private static final char FIRST_NAME = '\u0400';

  /** Names for so many axes; the last ones are the same, whatever comes before. */
  private static String letters(int count) {
    StringBuilder names = new StringBuilder();
    for (int i = count; i > 0; i--) {
      names.append((char) (FIRST_NAME + i - 1));
    }
    return names.toString();
  }

  /** As its equation says. */
  static List<Flow> einsum(OpView op) {
    String[] sides = op.node().text("equation").replace(" ", "").split("->", -1);
    String[] operands = sides[0].split(",", -1);
    if (sides.length != 2 || operands.length != op.inputs().size()) {
      throw op.mixes("has an equation that is not understood");
    }
    List<String> named = new ArrayList<>();
    int most = 0;
    for (int i = 0; i < operands.length; i++) {
      int open = op.rank(i) - operands[i].replace("...", "").length();
      most = Math.max(most, operands[i].contains("...") ? open : 0);
      named.add(operands[i].replace("...", letters(Math.max(0, open))));
    }
    return op.all(product(op, named, sides[1].replace("...", letters(most))));
  }

  /** The axes of the factors have names, and those of one name go together. */
  private static Flow product(OpView op, List<String> factors, String result) {
    char rows = 0;
    boolean counted = false;
    for (int i = 0; i < factors.size(); i++) {
      Shaped factor = op.data(i);
      counted |= factor.counted();
      if (op.rank(i) != factors.get(i).length()) {
        throw op.mixes("multiplies what has another rank");
      }
      if (factor.isRows()) {
        char name = factors.get(i).charAt(factor.axis());
        if (rows != 0 && rows != name) {
          throw op.mixes("multiplies rows with each other");
        }
        rows = name;
      }
    }
    int axis = rows == 0 ? -1 : result.indexOf(rows);
    if (rows != 0 && (axis < 0 || result.indexOf(rows, axis + 1) >= 0)) {
      throw op.mixes("takes rows together");
    }
    List<Size> dimensions = new ArrayList<>();
    for (int i = 0; i < result.length(); i++) {
      dimensions.add(dimension(op, factors, result.charAt(i), i));
    }
    return new Shaped(dimensions, axis, counted, null);
  }

  private static Size dimension(OpView op, List<String> factors, char name, int place) {
    Size known = Size.ONE;
    for (int i = 0; i < factors.size(); i++) {
      int own = factors.get(i).indexOf(name);
      if (own != factors.get(i).lastIndexOf(name)) {
        throw op.mixes("takes a diagonal");
      }
      Size size = own < 0 ? Size.ONE : op.dimensions(i).get(own);
      boolean differ = !size.is(1) && !known.is(1) && !size.equals(known);
      if (differ && (size.dependsOnRows() || known.dependsOnRows())) {
        throw op.mixes("sets the rows against something of another length");
      }
      known =
          differ
              ? (size.isNumber() ? size : known.isNumber() ? known : op.unknown(0, place))
              : size.is(1) ? known : size;
    }
    return known;
  }

  /** A vector for the last axis, or for that of the channels; any rows are along another. */
  static List<Flow> biasAdd(OpView op) {
    Shaped shaped = op.data(0);
    op.fixed(1);
    int channels = op.node().text("data_format").equals("NCHW") ? 1 : op.rank(0) - 1;
    if (shaped.axis() == channels) {
      throw op.mixes("adds something else to each row");
    }
    return op.all(OpView.like(shaped, op.dimensions(0), shaped.axis()));
  }

  /** With the mean and the variance that were learned. */
  static List<Flow> batchNorm(OpView op) {
    Shaped shaped = op.data(0);
    if (op.node().flag("is_training")) {
      throw op.mixes("takes the mean over the rows");
    }
    for (int i = 1; i < op.inputs().size(); i++) {
      op.fixed(i);
    }
    if (shaped.isRows() && shaped.axis() != 0) {
      throw op.mixes("takes the rows for something else");
    }
    List<Flow> outputs = new ArrayList<>(op.all(Shaped.UNKNOWN));
    outputs.set(0, OpView.like(shaped, op.dimensions(0), shaped.axis()));
    return outputs;
  }
}
