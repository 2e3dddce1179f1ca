package dev.sluice.examples.boston;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssignVariableOp;
import org.tensorflow.op.core.Constant;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The network as operations in a graph: inputs are normalised, then go through five dense layers
 * with ReLU between them.
 *
 * @param input any number of rows of 13 plain numbers
 * @param output a price per row, in thousands of dollars
 * @param variables a kernel and a bias per layer
 */
record Network(Placeholder<TFloat32> input, Operand<TFloat32> output, List<Variable> variables) {

  /** One variable, and what can be done with it. */
  record Variable(
      Weights initial,
      VarHandleOp handle,
      Constant<TFloat32> initialValue,
      AssignVariableOp initializer,
      ReadVariableOp<TFloat32> value) {

    /**
     * @param layer the scope that gives the first part of the name
     */
    private static Variable in(Ops layer, Weights initial) {
      String name = initial.name();
      String last = name.substring(name.indexOf('/') + 1);
      Shape shape = shape(initial);
      VarHandleOp handle =
          layer.withName(last).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
      Constant<TFloat32> value =
          layer.withName(last + "_initial_value").constant(shape, DataBuffers.of(initial.values()));
      return new Variable(
          initial,
          handle,
          value,
          layer.withName(last + "_assign").assignVariableOp(handle, value),
          layer.withName(last + "_read").readVariableOp(handle, TFloat32.class));
    }

    String name() {
      return initial.name();
    }
  }

  static Shape shape(Weights weights) {
    return Shape.of(weights.shape().stream().mapToLong(Integer::longValue).toArray());
  }

  /**
   * Adds the network to a graph.
   *
   * @param initial the variables' first values, kernel and bias in turn
   */
  static Network in(Ops graph, Scaling scaling, List<Weights> initial) {
    Placeholder<TFloat32> input =
        graph
            .withName("input")
            .placeholder(
                TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, Housing.FEATURES)));
    List<Variable> variables = new ArrayList<>();
    Operand<TFloat32> signal = normalised(graph.withSubScope("normalise"), input, scaling);
    for (int i = 0; i < initial.size(); i += 2) {
      String name = initial.get(i).name();
      Ops layer = graph.withSubScope(name.substring(0, name.indexOf('/')));
      Variable kernel = Variable.in(layer, initial.get(i));
      Variable bias = Variable.in(layer, initial.get(i + 1));
      variables.add(kernel);
      variables.add(bias);
      signal = layer.nn.biasAdd(layer.linalg.matMul(signal, kernel.value()), bias.value());
      if (i + 2 < initial.size()) {
        signal = layer.nn.relu(signal);
      }
    }
    return new Network(input, graph.withName("price").identity(signal), variables);
  }

  private static Operand<TFloat32> normalised(Ops graph, Operand<TFloat32> input, Scaling scaling) {
    Operand<TFloat32> mean = graph.constant(scaling.mean());
    Operand<TFloat32> deviation = graph.constant(scaling.deviation());
    return graph.math.div(graph.math.sub(input, mean), deviation);
  }
}
