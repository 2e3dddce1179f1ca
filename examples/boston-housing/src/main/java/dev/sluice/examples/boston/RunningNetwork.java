package dev.sluice.examples.boston;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** A network in memory with its weights, in a graph and a session of its own. Not thread-safe. */
final class RunningNetwork implements AutoCloseable {

  /** One thread: a network this small gains nothing from more, and sums keep their order. */
  static final ConfigProto ONE_THREAD =
      ConfigProto.newBuilder()
          .setIntraOpParallelismThreads(1)
          .setInterOpParallelismThreads(1)
          .build();

  private final Graph graph = new Graph();
  private final Session session;
  private final Network network;

  RunningNetwork(Scaling scaling, List<Weights> weights) {
    network = Network.in(Ops.create(graph), scaling, weights);
    session = new Session(graph, ONE_THREAD);
    Session.Runner start = session.runner();
    network.variables().forEach(variable -> start.addTarget(variable.initializer()));
    start.run().close();
  }

  /** The graph, to which operations may be added. */
  Graph graph() {
    return graph;
  }

  Session session() {
    return session;
  }

  Network network() {
    return network;
  }

  /** A price per row, in thousands of dollars. */
  float[] predict(float[][] rows) {
    return predict(rows, session.runner());
  }

  /** As above, but with other weights, which go to the place where the network reads its own. */
  float[] predict(float[][] rows, List<Weights> others) {
    Session.Runner runner = session.runner();
    List<TFloat32> fed = new ArrayList<>();
    try {
      for (int i = 0; i < others.size(); i++) {
        Weights other = others.get(i);
        TFloat32 tensor = TFloat32.tensorOf(Network.shape(other), DataBuffers.of(other.values()));
        fed.add(tensor);
        runner.feed(network.variables().get(i).value(), tensor);
      }
      return predict(rows, runner);
    } finally {
      fed.forEach(TFloat32::close);
    }
  }

  private float[] predict(float[][] rows, Session.Runner runner) {
    try (TFloat32 input = tensor(rows);
        Result result = runner.feed(network.input(), input).fetch(network.output()).run()) {
      return values((TFloat32) result.get(0));
    }
  }

  /** A copy of the weights as they are now. */
  List<Weights> weights() {
    Session.Runner runner = session.runner();
    network.variables().forEach(variable -> runner.fetch(variable.value()));
    List<Weights> copies = new ArrayList<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < result.size(); i++) {
        Weights initial = network.variables().get(i).initial();
        copies.add(new Weights(initial.name(), initial.shape(), values((TFloat32) result.get(i))));
      }
    }
    return copies;
  }

  /** A tensor of rows of the same length; whoever asks for it closes it. */
  static TFloat32 tensor(float[][] rows) {
    float[] flat = new float[rows.length * Housing.FEATURES];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * Housing.FEATURES, Housing.FEATURES);
    }
    return TFloat32.tensorOf(Shape.of(rows.length, Housing.FEATURES), DataBuffers.of(flat));
  }

  private static float[] values(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.copyTo(DataBuffers.of(values));
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
