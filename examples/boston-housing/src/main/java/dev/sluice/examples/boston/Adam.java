package dev.sluice.examples.boston;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssignVariableOp;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * Steps of the optimiser Adam on the mean squared error, as operations added to a network's graph.
 *
 * <p>To the error is added a small multiple of the squares of the kernels, so that weights stay
 * small where nothing speaks for large ones. Not thread-safe.
 */
final class Adam {

  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final float EPSILON = 1e-7f;

  private final RunningNetwork running;
  private final Placeholder<TFloat32> prices;
  private final Placeholder<TFloat32> beta1Power;
  private final Placeholder<TFloat32> beta2Power;
  private final Operand<TFloat32> squaredError;
  private final List<Op> updates = new ArrayList<>();
  private double power1 = 1;
  private double power2 = 1;

  Adam(RunningNetwork running, float learningRate, float weightDecay) {
    this.running = running;
    Ops tf = Ops.create(running.graph()).withSubScope("train");
    prices = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE, 1)));
    beta1Power = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    beta2Power = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Network network = running.network();
    squaredError =
        tf.math.mean(
            tf.math.squaredDifference(network.output(), prices), tf.constant(new int[] {0, 1}));
    Gradients gradients =
        tf.gradients(
            tf.math.add(squaredError, penalty(tf, network, weightDecay)),
            network.variables().stream().map(Network.Variable::value).toList());
    start(tf, gradients, learningRate);
  }

  private static Operand<TFloat32> penalty(Ops tf, Network network, float weightDecay) {
    Operand<TFloat32> sum = tf.constant(0f);
    for (Network.Variable variable : network.variables()) {
      if (variable.initial().shape().size() == 2) {
        sum = tf.math.add(sum, tf.nn.l2Loss(variable.value()));
      }
    }
    return tf.math.mul(sum, tf.constant(2 * weightDecay));
  }

  /** Makes the two running means of each gradient and the operation that applies them. */
  private void start(Ops tf, Gradients gradients, float learningRate) {
    Session.Runner zeros = running.session().runner();
    List<Network.Variable> variables = running.network().variables();
    for (int i = 0; i < variables.size(); i++) {
      Shape shape = Network.shape(variables.get(i).initial());
      VarHandleOp[] means = new VarHandleOp[2];
      for (int k = 0; k < 2; k++) {
        String name = "adam_" + i + "_" + k;
        means[k] = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
        AssignVariableOp zero =
            tf.assignVariableOp(means[k], tf.zeros(tf.constant(shape), TFloat32.class));
        zeros.addTarget(zero);
      }
      updates.add(
          tf.train.resourceApplyAdam(
              variables.get(i).handle(),
              means[0],
              means[1],
              beta1Power,
              beta2Power,
              tf.constant(learningRate),
              tf.constant(BETA1),
              tf.constant(BETA2),
              tf.constant(EPSILON),
              gradients.<TFloat32>dy(i)));
    }
    zeros.run().close();
  }

  /**
   * Moves the weights once.
   *
   * @return the mean squared error of these areas before
   */
  double step(Housing batch) {
    power1 *= BETA1;
    power2 *= BETA2;
    try (TFloat32 features = RunningNetwork.tensor(batch.features());
        TFloat32 wanted =
            TFloat32.tensorOf(Shape.of(batch.size(), 1), DataBuffers.of(batch.prices()));
        TFloat32 one = TFloat32.scalarOf((float) power1);
        TFloat32 two = TFloat32.scalarOf((float) power2);
        Result result =
            updating()
                .feed(running.network().input(), features)
                .feed(prices, wanted)
                .feed(beta1Power, one)
                .feed(beta2Power, two)
                .fetch(squaredError)
                .run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  private Session.Runner updating() {
    Session.Runner runner = running.session().runner();
    updates.forEach(runner::addTarget);
    return runner;
  }
}
