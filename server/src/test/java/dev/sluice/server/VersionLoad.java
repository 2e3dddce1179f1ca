package dev.sluice.server;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc.PredictionServiceBlockingStub;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that ask a model made by {@link StampedModel} over both protocols, each again when it was
 * answered, together at a given rate if the machine has it. They check every answer: its number is
 * that of the version that ran, and on one connection versions go up, or down, but never both ways.
 */
final class VersionLoad implements AutoCloseable {

  private static final int CLIENTS_PER_PROTOCOL = 4;

  private final TestServer server;
  private final long periodNanos;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Map<Long, Long> firstRest = new ConcurrentHashMap<>();
  private final Map<Long, Long> firstGrpc = new ConcurrentHashMap<>();
  private final LongAdder restAnswers = new LongAdder();
  private final LongAdder grpcAnswers = new LongAdder();
  private final List<Thread> clients = new ArrayList<>();
  private final long start = System.nanoTime();
  private volatile boolean stop;
  private volatile boolean goingDown;

  /** Who knows that versions go down. */
  private final Set<Thread> turned = ConcurrentHashMap.newKeySet();

  /** One question and its answer: which version answered. */
  private interface Question {
    long ask() throws Exception;
  }

  VersionLoad(TestServer server, int requestsPerSecond) {
    this.server = server;
    this.periodNanos = 2L * CLIENTS_PER_PROTOCOL * 1_000_000_000 / requestsPerSecond;
    for (int i = 0; i < CLIENTS_PER_PROTOCOL; i++) {
      clients.add(Thread.ofPlatform().start(this::rest));
      clients.add(Thread.ofPlatform().start(this::grpc));
    }
  }

  private void rest() {
    try (KeepAliveClient client =
        new KeepAliveClient(
            server.restPort(), "/v1/models/half:predict", "{\"instances\": [2.0]}")) {
      loop(() -> StampedModel.version(number(client.post())), firstRest, restAnswers);
    } catch (IOException failure) {
      failures.add(failure.toString());
    }
  }

  private static float number(String body) {
    return Float.parseFloat(body.replaceAll("[^0-9.]", ""));
  }

  private void grpc() {
    PredictionServiceBlockingStub stub = server.predictions();
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("half"))
            .putInputs(
                "x",
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_FLOAT)
                    .setTensorShape(
                        TensorShapeProto.newBuilder()
                            .addDim(TensorShapeProto.Dim.newBuilder().setSize(1)))
                    .addFloatVal(2)
                    .build())
            .build();
    loop(() -> checked(stub.predict(request)), firstGrpc, grpcAnswers);
  }

  /** Over gRPC the answer says as well which version ran. */
  private long checked(PredictResponse response) {
    long version = response.getModelSpec().getVersion().getValue();
    float answer = response.getOutputsOrThrow("y").getFloatVal(0);
    if (answer != StampedModel.answer(version)) {
      failures.add("version " + version + " answered " + answer);
    }
    return version;
  }

  private void loop(Question question, Map<Long, Long> first, LongAdder answers) {
    long last = 0;
    long next = System.nanoTime();
    while (!stop) {
      try {
        boolean down = goingDown;
        if (down && turned.add(Thread.currentThread())) {
          last = 0;
        }
        long version = question.ask();
        answers.increment();
        first.putIfAbsent(version, System.nanoTime());
        boolean backwards = down ? version > last : version < last;
        if (backwards && last != 0) {
          failures.add("version " + version + " answered after " + last);
        }
        last = version;
      } catch (Exception failure) {
        failures.add(failure.toString());
      }
      next += periodNanos;
      LockSupport.parkNanos(next - System.nanoTime()); // the pace of the load
    }
  }

  /** When a version has answered over both protocols, in nanoseconds; 0 if it has not yet. */
  long answered(long version) {
    Long rest = firstRest.get(version);
    Long grpc = firstGrpc.get(version);
    return rest == null || grpc == null ? 0 : Math.max(rest, grpc);
  }

  /**
   * From now on versions go, the newest first; only the newest is there when this is called.
   * Returns when every client knows.
   */
  void goDown() {
    goingDown = true;
    while (!turned.containsAll(clients)) {
      LockSupport.parkNanos(1_000_000);
    }
    firstRest.clear();
    firstGrpc.clear();
  }

  /** What went wrong, if anything. */
  Queue<String> failures() {
    return failures;
  }

  /** What was reached so far, for a figures line. */
  String rate() {
    double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
    long rest = restAnswers.sum();
    long grpc = grpcAnswers.sum();
    return "%.0f requests/s (%d REST, %d gRPC)".formatted((rest + grpc) / seconds, rest, grpc);
  }

  @Override
  public void close() throws InterruptedException {
    stop = true;
    for (Thread client : clients) {
      client.join();
    }
  }
}
