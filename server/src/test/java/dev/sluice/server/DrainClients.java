package dev.sluice.server;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.testkit.Models;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Clients that ask a server over both protocols without a pause until it lets no new request in,
 * and behave: they go elsewhere when they are told to (GOAWAY, {@code Connection: close}) or when
 * they are refused, which here means that they end. Any other end of a request is a failure.
 *
 * <p>Half of them ask {@link Models#COUNTER}, which gives each run a number of its own: so a run
 * whose answer was lost leaves a gap. The others ask {@link Models#SLOW}, so that requests are
 * under way at any time.
 */
final class DrainClients implements AutoCloseable {

  private static final int REST_CLIENTS = 4;
  private static final int CHANNELS = 2;
  private static final int CALLS_A_CHANNEL = 3;
  private static final int SLOW_MILLIS = 40;
  private static final String COUNT = "{\"inputs\": {\"x\": [1.0]}}";
  private static final String SLEEP = "{\"inputs\": {\"millis\": [" + SLOW_MILLIS + "]}}";
  private static final Pattern RUN = Pattern.compile("\"run\": \\[\\s*(\\d+)");

  private final int restPort;
  private final Queue<Long> runs = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger unheard = new AtomicInteger();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  DrainClients(ModelServer server) {
    this.restPort = server.restPort();
    for (int i = 0; i < REST_CLIENTS; i++) {
      boolean counts = i % 2 == 0;
      threads.add(Thread.ofPlatform().start(() -> rest(counts)));
    }
    for (int i = 0; i < CHANNELS; i++) {
      boolean counts = i % 2 == 0;
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), server.grpcPort()))
              .usePlaintext()
              .build();
      channels.add(channel);
      for (int j = 0; j < CALLS_A_CHANNEL; j++) {
        threads.add(Thread.ofPlatform().start(() -> grpc(channel, counts)));
      }
    }
  }

  /** Until the server refuses a connection. */
  private void rest(boolean counts) {
    String request = RawHttp.post(counts ? path("counter") : path("slow"), counts ? COUNT : SLEEP);
    while (true) {
      boolean heard = false;
      try (RawHttp connection = new RawHttp(restPort)) {
        RawHttp.Answer answer;
        do {
          answer = connection.send(request).read();
          heard = true;
          note(answer, counts);
        } while (!answer.header("connection").equals("close"));
      } catch (ConnectException refused) {
        return;
      } catch (IOException ended) {
        if (heard) {
          failures.add("REST, on a connection in use: " + ended);
        }
        unheard.incrementAndGet(); // the system had taken the connection, the server had not
        return;
      }
    }
  }

  private static String path(String model) {
    return "/v1/models/" + model + ":predict";
  }

  private void note(RawHttp.Answer answer, boolean counts) {
    if (answer.status() != 200) {
      failures.add("REST: " + answer.statusLine() + " " + answer.text());
      return;
    }
    answers.incrementAndGet();
    if (counts) {
      Matcher run = RUN.matcher(answer.text());
      if (run.find()) {
        runs.add(Long.parseLong(run.group(1)));
      } else {
        failures.add("no run in " + answer.text());
      }
    }
  }

  private void grpc(ManagedChannel channel, boolean counts) {
    var stub = PredictionServiceGrpc.newBlockingStub(channel);
    PredictRequest request = counts ? count() : sleep();
    try {
      while (true) {
        var answer = stub.predict(request);
        answers.incrementAndGet();
        if (counts) {
          runs.add(answer.getOutputsOrThrow("run").getInt64Val(0));
        }
      }
    } catch (StatusRuntimeException failure) {
      boolean refused =
          failure.getStatus().getCode() == Status.Code.UNAVAILABLE
              && failure.getCause() instanceof ConnectException;
      if (!refused) {
        failures.add("gRPC: " + failure + ", from " + failure.getCause());
      }
    }
  }

  private static PredictRequest count() {
    return request(
        "counter", "x", TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(1));
  }

  private static PredictRequest sleep() {
    return request(
        "slow",
        "millis",
        TensorProto.newBuilder().setDtype(DataType.DT_INT64).addInt64Val(SLOW_MILLIS));
  }

  private static PredictRequest request(String model, String input, TensorProto.Builder value) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .putInputs(
            input,
            value
                .setTensorShape(
                    TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(1)))
                .build())
        .build();
  }

  /** Waits until so many requests were answered, or one failed. */
  void awaitAnswers(int count) {
    for (int i = 0; i < 60_000 && answers.get() < count && failures.isEmpty(); i++) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Waits until every client has been sent elsewhere; fails where one hangs. */
  void awaitEnd(Duration limit) throws InterruptedException {
    for (Thread thread : threads) {
      Stacks.join(thread, limit);
    }
  }

  int answers() {
    return answers.get();
  }

  /** Connections that ended before anything came back, which the server had not taken. */
  int unheard() {
    return unheard.get();
  }

  List<Long> runs() {
    return runs.stream().sorted().toList();
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
