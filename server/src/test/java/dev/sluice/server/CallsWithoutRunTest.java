package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A call that ends before its run has begun costs none, however it ends. The model's one runner is
 * held by a run while others wait, end, and are gone; then the runs are counted.
 */
class CallsWithoutRunTest {

  private static final int CALLS = 6;

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Path base = Models.copyTo(folder, Models.SLOW);
    server = TestServer.of("slow", base, "--grpc_max_threads=1", "--rest_api_num_threads=1");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** How the waiting calls end. */
  enum End {
    DEADLINE_OVER_GRPC(false) {
      @Override
      AutoCloseable begin() {
        ListenableFuture<PredictResponse> call =
            server.predictionsAsync().withDeadlineAfter(200, TimeUnit.MILLISECONDS).predict(slow());
        return () ->
            assertThatThrownBy(() -> call.get(60, TimeUnit.SECONDS))
                .hasMessageContaining("DEADLINE_EXCEEDED");
      }
    },
    CANCELLED_OVER_GRPC(true) {
      @Override
      AutoCloseable begin() {
        ListenableFuture<PredictResponse> call = server.predictionsAsync().predict(slow());
        return () -> call.cancel(true);
      }
    },
    DISCONNECTED_OVER_GRPC(true) {
      @Override
      AutoCloseable begin() throws Exception {
        RawGrpc call = new RawGrpc(server.server().grpcPort());
        call.send(slow().toByteArray(), true);
        return call;
      }
    },
    TIMED_OUT_OVER_REST(false) {
      @Override
      AutoCloseable begin() throws Exception {
        RawHttp call = new RawHttp(server.restPort());
        call.send(RawHttp.request("POST", SLOW, "X-Sluice-Timeout-Ms: 200\r\n", BODY));
        return () -> {
          try (call) {
            assertThat(call.read().status()).isEqualTo(504);
          }
        };
      }
    },
    DISCONNECTED_OVER_REST(true) {
      @Override
      AutoCloseable begin() throws Exception {
        RawHttp call = new RawHttp(server.restPort());
        call.send(RawHttp.post(SLOW, BODY));
        return call::reset;
      }
    };

    private static final String SLOW = "/v1/models/slow:predict";
    private static final String BODY = "{\"inputs\": 60000}";

    /** Whether it waits until it is ended. */
    private final boolean waits;

    End(boolean waits) {
      this.waits = waits;
    }

    /** Sends a call; what it gives ends it, or waits for its end. */
    abstract AutoCloseable begin() throws Exception;
  }

  private static PredictRequest slow() {
    return slow(60_000);
  }

  private static PredictRequest slow(long millis) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("slow"))
        .putInputs(
            "millis",
            TensorProto.newBuilder().setDtype(DataType.DT_INT64).addInt64Val(millis).build())
        .build();
  }

  @ParameterizedTest
  @EnumSource
  @Proves({"--grpc_max_threads", "--rest_api_num_threads"})
  void callThatEndsWhileItWaitsCostsNoRun(End end) throws Exception {
    long holds = 2;
    while (!endsInTime(end, holds)) {
      assertThat(holds).as("seconds in which %d calls should end", CALLS).isLessThan(100);
      holds *= 2;
    }
  }

  /**
   * Whether all calls had ended before the run that holds the runner had, without which the count
   * means nothing.
   *
   * @param holds how many seconds that lasts
   */
  private static boolean endsInTime(End end, long holds) throws Exception {
    int before = RunCounts.of(server, "slow").runs();
    ListenableFuture<PredictResponse> holding =
        server.predictionsAsync().withDeadlineAfter(holds, TimeUnit.SECONDS).predict(slow());
    RunCounts.await(server, "slow", now -> now.running() == 1 || holding.isDone());
    long alone = server.server().inFlight().used();
    List<AutoCloseable> ends = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      ends.add(end.begin());
    }
    if (end.waits) {
      RunCounts.await(server, "slow", now -> now.waiting() == CALLS || holding.isDone());
    }
    for (AutoCloseable one : ends) {
      one.close();
    }
    awaitInFlight(alone, holding);
    boolean inTime = !holding.isDone();
    assertThatThrownBy(holding::get).isInstanceOf(ExecutionException.class);
    assertThat(server.predictions().predict(slow(1)).getOutputsCount()).isEqualTo(1);
    RunCounts after =
        RunCounts.await(server, "slow", now -> now.running() == 0 && now.waiting() == 0);
    if (inTime) {
      assertThat(after.runs() - before).as("runs of two calls").isEqualTo(2);
    }
    return inTime;
  }

  private static void awaitInFlight(long bytes, ListenableFuture<?> holding) {
    while (server.server().inFlight().used() != bytes && !holding.isDone()) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
