package dev.sluice.server.record;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.protocol.PredictRequestReader;
import dev.sluice.protocol.TensorProtoWriter;
import dev.sluice.server.Inference;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Makes requests up for a version that brings none, and runs them: so that the engine has prepared
 * what each set of outputs needs, memory was asked for at the sizes of requests and of batches, and
 * the classes on the way of a request are loaded.
 *
 * <p>Only for signatures of which the model says that their runs just compute ({@link
 * Model#samples}). Bounded in time: no run begins when {@link #BUDGET_NANOS} are over, and one that
 * is then going on is given up after {@link #RUN_NANOS}. Bounded in memory: inputs of more than
 * {@link #MOST_BYTES} are not made. Whatever fails is only passed over.
 *
 * <p>For one version, by its loading thread.
 */
final class SyntheticWarmUp {

  private static final System.Logger LOG = System.getLogger(SyntheticWarmUp.class.getName());

  private static final long BUDGET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MOST_BYTES = 64L << 20;
  private static final long BYTES_OF_STRING = 64;

  /** Of a request of one row, in each protocol. */
  private static final int REPEATS = 10;

  /** Of a request of several rows: the first one is the one that counts. */
  private static final int REPEATS_OF_BATCHES = 2;

  private final Inference inference;
  private final RecordedRequests requests;
  private final Model model;
  private final LongSupplier nanoTime;
  private final long begin;
  private int runs;
  private int warmed;

  SyntheticWarmUp(
      Inference inference, RecordedRequests requests, Model model, LongSupplier nanoTime) {
    this.inference = inference;
    this.requests = requests;
    this.model = model;
    this.nanoTime = nanoTime;
    this.begin = nanoTime.getAsLong();
  }

  /** How many requests were run and answered. */
  int runs() {
    return runs;
  }

  /** How many signatures had one. */
  int warmed() {
    return warmed;
  }

  /** Does it, beginning with the signature that requests mean which name none. */
  void run() {
    model.signatures().values().stream()
        .sorted(Comparator.comparing(each -> !each.name().equals(Signature.DEFAULT_NAME)))
        .forEach(this::warm);
  }

  /** One request is always run, unless the engine takes very long to refuse others. */
  private boolean isOver() {
    return nanoTime.getAsLong() - begin > (runs == 0 ? RUN_NANOS : BUDGET_NANOS);
  }

  private void warm(Signature signature) {
    for (IntFunction<List<Tensor>> way : model.samples(signature)) {
      if (isOver()) {
        return;
      }
      if (wire(signature, way, 1, 1)) {
        warmed++;
        goOn(signature, way);
        return;
      }
    }
  }

  private void goOn(Signature signature, IntFunction<List<Tensor>> way) {
    if (isOver()) {
      return;
    }
    var _ = wire(signature, way, 1, REPEATS - 1);
    var _ = json(signature, way);
    long most = MOST_BYTES / Math.max(1, bytes(way));
    for (long rows : inference.usualRows(model, signature)) {
      if (rows > 1 && rows <= most && !isOver()) {
        var _ = wire(signature, way, (int) rows, REPEATS_OF_BATCHES);
      }
    }
  }

  /** What the inputs of one row take. */
  private static long bytes(IntFunction<List<Tensor>> way) {
    List<Tensor> inputs = way.apply(1);
    long bytes = 0;
    for (Tensor input : inputs) {
      boolean strings = input.dataType() == DataType.STRING;
      bytes +=
          input.shape().elementCount()
              * (strings ? BYTES_OF_STRING : input.dataType().elementSize());
      input.close();
    }
    return bytes;
  }

  private boolean wire(Signature signature, IntFunction<List<Tensor>> way, int rows, int times) {
    return tried(
        signature,
        () -> {
          byte[] message = made(way, rows, inputs -> message(signature, inputs));
          repeat(times, () -> new RecordedPredict(PredictRequestReader.read(message)));
        });
  }

  private boolean json(Signature signature, IntFunction<List<Tensor>> way) {
    return tried(
        signature,
        () -> {
          byte[] body = made(way, 1, inputs -> JsonSample.body(signature, inputs));
          repeat(REPEATS, () -> new JsonSample(signature, body));
        });
  }

  /** Runs requests that are alike: one, and more while there is time. */
  private void repeat(int times, Supplier<UnsentAnswer> request) {
    for (int i = 0; i < times && (i == 0 || !isOver()); i++) {
      requests.run(request.get(), nanoTime.getAsLong() + RUN_NANOS);
      runs++;
    }
  }

  /** False if the model, or a protocol, does not take the request. */
  private static boolean tried(Signature signature, Runnable attempt) {
    try {
      attempt.run();
      return true;
    } catch (StatusException refused) {
      LOG.log(
          Level.DEBUG, "a made-up request for signature " + signature.name() + " failed", refused);
      return false;
    }
  }

  private interface Encoding {
    byte[] of(List<Tensor> inputs);
  }

  private static byte[] made(IntFunction<List<Tensor>> way, int rows, Encoding encoding) {
    List<Tensor> inputs = way.apply(rows);
    try {
      return encoding.of(inputs);
    } finally {
      inputs.forEach(Tensor::close);
    }
  }

  private static byte[] message(Signature signature, List<Tensor> inputs) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setSignatureName(signature.name()));
    for (int i = 0; i < inputs.size(); i++) {
      request.putInputs(signature.inputs().get(i).name(), proto(inputs.get(i)));
    }
    return request.build().toByteArray();
  }

  private static TensorProto proto(Tensor tensor) {
    boolean content = tensor.dataType() != DataType.STRING;
    byte[] bytes = new byte[TensorProtoWriter.size(tensor, content)];
    var _ = TensorProtoWriter.write(tensor, content, bytes, 0);
    try {
      return TensorProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("a tensor was not written as one", malformed);
    }
  }
}
