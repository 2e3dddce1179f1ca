package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The health service over real sockets: what it says is so, at the start, later, at the end. */
class GrpcHealthTest {

  @TempDir private Path models;

  private static ServingStatus check(TestServer server, String name) {
    return HealthGrpc.newBlockingStub(server.channel())
        .check(HealthCheckRequest.newBuilder().setService(name).build())
        .getStatus();
  }

  /** What a watcher is told, in order; the last thing is how it ended. */
  private static BlockingQueue<Object> watch(TestServer server, String name) {
    BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    HealthGrpc.newStub(server.channel())
        .watch(
            HealthCheckRequest.newBuilder().setService(name).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                told.add(response.getStatus());
              }

              @Override
              public void onError(Throwable failure) {
                told.add(Status.fromThrowable(failure).getCode());
              }

              @Override
              public void onCompleted() {
                told.add(Status.Code.OK);
              }
            });
    return told;
  }

  private static Object next(BlockingQueue<Object> told) throws InterruptedException {
    return told.poll(60, TimeUnit.SECONDS);
  }

  @Test
  @Spec("V04")
  void modelThatFailedIsNotServingWhileTheServerIs() throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Files.createDirectories(models.resolve("broken/1"));
    String config = TestServer.modelConfig(models, "half_plus_two", "broken");
    try (TestServer server =
        TestServer.start(
            config, "--max_num_load_retries=0", "--version_completeness_check=false")) {
      assertThat(check(server, "half_plus_two")).isEqualTo(ServingStatus.SERVING);
      assertThat(check(server, "broken")).isEqualTo(ServingStatus.NOT_SERVING);
      for (String whole :
          new String[] {
            "",
            "ModelService",
            "PredictionService",
            "tensorflow.serving.ModelService",
            "tensorflow.serving.PredictionService"
          }) {
        assertThat(check(server, whole)).as(whole).isEqualTo(ServingStatus.SERVING);
      }
      assertThatThrownBy(() -> check(server, "nope")).hasMessageStartingWith("NOT_FOUND");
      assertThat(next(watch(server, "nope"))).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    }
  }

  @Test
  void modelThatIsUnloadedStopsServingAndServesAgainWhenItIsBack() throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    Path aside = models.resolve("aside");
    Files.createDirectory(aside);
    try (TestServer server =
        TestServer.of("half_plus_two", base, "--version_completeness_check=false")) {
      BlockingQueue<Object> model = watch(server, "half_plus_two");
      BlockingQueue<Object> whole = watch(server, "");
      assertThat(next(model)).isEqualTo(ServingStatus.SERVING);
      assertThat(next(whole)).isEqualTo(ServingStatus.SERVING);
      for (String version : new String[] {"1", "2"}) {
        Files.move(base.resolve(version), aside.resolve(version));
      }
      assertThat(next(model)).isEqualTo(ServingStatus.NOT_SERVING);
      assertThat(next(whole)).isEqualTo(ServingStatus.NOT_SERVING);
      Files.move(aside.resolve("1"), base.resolve("1"));
      assertThat(next(model)).isEqualTo(ServingStatus.SERVING);
      assertThat(next(whole)).isEqualTo(ServingStatus.SERVING);
    }
  }

  /** A watcher never ends by itself: a stop that waited for it would take the drain time-out. */
  @ParameterizedTest
  @ValueSource(strings = {"", "half_plus_two"})
  void watcherIsToldOfTheStopAndDoesNotHoldIt(String name) throws Exception {
    Path base = Models.copyTo(models, Models.HALF_PLUS_TWO);
    TestServer server = TestServer.of("half_plus_two", base, "--drain_timeout_seconds=100");
    BlockingQueue<Object> told = watch(server, name);
    assertThat(next(told)).isEqualTo(ServingStatus.SERVING);
    server.server().close();
    assertThat(told).containsExactly(ServingStatus.NOT_SERVING, Status.Code.UNAVAILABLE);
    server.close();
  }

  @Test
  void serverWithoutModelsServes() throws Exception {
    Path config = Files.writeString(models.resolve("none.config"), "model_config_list {}");
    try (TestServer server = TestServer.start("--model_config_file=" + config)) {
      assertThat(check(server, "")).isEqualTo(ServingStatus.SERVING);
    }
  }
}
