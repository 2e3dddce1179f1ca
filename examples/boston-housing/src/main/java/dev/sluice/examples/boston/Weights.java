package dev.sluice.examples.boston;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The numbers of one variable of the network.
 *
 * @param name as Keras would call it, such as {@code dense_1/kernel}
 * @param shape rows and columns of a kernel, the length of a bias
 * @param values row by row
 */
record Weights(String name, List<Integer> shape, float[] values) {

  /** Units per layer; the last is the price. */
  static final List<Integer> UNITS = List.of(13, 28, 13, 8, 1);

  /**
   * What training begins with: kernels drawn evenly from a range that keeps the size of signals
   * (Glorot's), biases 0, except that the last one is the price that one would guess blindly.
   */
  static List<Weights> initial(Random random, double blindGuess) {
    List<Weights> all = new ArrayList<>();
    int inputs = Housing.FEATURES;
    for (int layer = 0; layer < UNITS.size(); layer++) {
      int outputs = UNITS.get(layer);
      String name = layer == 0 ? "dense" : "dense_" + layer;
      float[] kernel = new float[inputs * outputs];
      double range = Math.sqrt(6.0 / (inputs + outputs));
      for (int i = 0; i < kernel.length; i++) {
        kernel[i] = (float) (range * (2 * random.nextDouble() - 1));
      }
      all.add(new Weights(name + "/kernel", List.of(inputs, outputs), kernel));
      all.add(new Weights(name + "/bias", List.of(outputs), new float[outputs]));
      inputs = outputs;
    }
    all.getLast().values()[0] = (float) blindGuess;
    return all;
  }
}
