package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.await;
import static dev.sluice.server.ReloadingServer.list;
import static dev.sluice.server.ReloadingServer.model;
import static dev.sluice.server.ReloadingServer.modelAt;
import static dev.sluice.server.ReloadingServer.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.Metric;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.ReloadConfigRequest;
import dev.sluice.proto.serving.ReloadConfigResponse;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Spec;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * HandleReloadConfigRequest over a real socket: what changes, what is refused, what is waited for.
 */
class ReloadConfigTest {

  private static final String ALL = "model_version_policy { all {} }";

  @TempDir Path folder;

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  @Spec({"H01", "SC-3", "H02", "SC-4", "SC-5", "SC-25"})
  void modelIsThereWhenTheReloadIsOverAndGoesWithAnEmptyList() throws Exception {
    version(folder, "one", 1);
    try (ReloadingServer server = ReloadingServer.start(folder, list())) {
      assertThat(server.answers("one")).isZero();
      for (int round = 0; round < 3; round++) {
        server.reload(list(model(folder, "one")));
        assertThat(server.answers("one")).isEqualTo(1);
        assertThat(server.status("one")).contains("\"state\":\"AVAILABLE\"");

        server.reload(list());
        await("one is gone", () -> server.answers("one") == 0);
        await("nothing is served", () -> server.server().server().available().isEmpty());
      }
      await("one is at its end", () -> ended(server));
    }
  }

  private static boolean ended(ReloadingServer server) {
    try {
      return server.status("one").contains("\"state\":\"END\"");
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void modelThatIsAddedAgainAtOnceServes() throws Exception {
    version(folder, "one", 1);
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "one")))) {
      for (int round = 0; round < 5; round++) {
        server.reload(list());
        server.reload(list(model(folder, "one")));
        await("one serves", () -> server.answers("one") == 1);
      }
    }
  }

  @Test
  @Spec({"H12", "SC-22"})
  void answerHasTheStatusAndTheMetricsThatWereAskedFor() throws Exception {
    version(folder, "one", 1);
    String config = list(model(folder, "one"));
    try (ReloadingServer server = ReloadingServer.start(folder, config)) {
      ReloadConfigRequest request =
          ReloadingServer.request(config).toBuilder()
              .addMetricNames("a")
              .addMetricNames("b")
              .addMetricNames("a")
              .build();

      ReloadConfigResponse response = server.reload(request);

      assertThat(response.hasStatus()).isTrue();
      assertThat(response.getStatus().getErrorCodeValue()).isZero();
      assertThat(response.getMetricList())
          .containsExactly(
              Metric.newBuilder().setName("a").setInt64ValueIncrease(0).build(),
              Metric.newBuilder().setName("b").setInt64ValueIncrease(0).build());
    }
  }

  @Test
  @Spec({"H04", "SC-6", "H03", "SC-23"})
  void namesThatStayAreUndisturbedAndFollowTheirNewPath() throws Exception {
    for (String name : new String[] {"zero", "one", "two"}) {
      version(folder, name, 1);
    }
    version(folder.resolve("elsewhere"), "one", 1);
    version(folder.resolve("elsewhere"), "one", 2);
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(model(folder, "zero"), model(folder, "one")))) {
      server.reload(list(model(folder, "one"), model(folder, "two")));
      assertThat(server.answers("one")).isEqualTo(1);
      assertThat(server.answers("two")).isEqualTo(1);
      await("zero is gone", () -> server.answers("zero") == 0);

      server.reload(
          list(modelAt(folder.resolve("elsewhere/one"), "one", ALL), model(folder, "two")));
      await("the new path is read", () -> server.answers("one") == 2);
      assertThat(server.server().server().available()).hasSize(3);
    }
  }

  @Test
  @Spec({"H05", "H06", "H07", "H08", "SC-10", "SC-14", "SC-24", "SC-25"})
  void whatIsRefusedHasChangedNothing() throws Exception {
    version(folder, "one", 1);
    version(folder, "two", 1);
    String good = model(folder, "two");
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "one")))) {
      assertThat(server.refusal(list(good, good)))
          .isEqualTo("INVALID_ARGUMENT: Illegal to list model two multiple times in config list");
      assertThat(server.refusal(list(good, modelAt(Path.of("models/one"), "one"))))
          .isEqualTo(
              "INVALID_ARGUMENT: Expected model one to have an absolute path or URI; got"
                  + " base_path()=models/one");
      assertThat(server.refusal(list(good, "config { name: 'three' base_path: '/m' }")))
          .isEqualTo(
              "INVALID_ARGUMENT: Illegal setting neither ModelServerConfig::model_type (deprecated)"
                  + " nor ModelServerConfig::model_platform, model name is three");
      assertThat(server.refusal(list(good, model(folder, "three", "model_type: TENSORFLOW"))))
          .isEqualTo(
              "INVALID_ARGUMENT: Illegal setting both ModelServerConfig::model_type (deprecated)"
                  + " and ModelServerConfig::model_platform, model name is three");
      assertThat(
              server.refusal(list(good, "config { name: 'x' base_path: '/m' model_type: OTHER }")))
          .isEqualTo("INVALID_ARGUMENT: ModelServerConfig::model_type choice 2 not supported.");
      assertThat(server.refusal(list(good, platform("three", "torch"))))
          .isEqualTo("INVALID_ARGUMENT: Model three requests unsupported platform torch");
      assertThat(server.refusal(list(good, platform("one", "torch"))))
          .isEqualTo(
              "INVALID_ARGUMENT: Illegal to change a model's platform. For model one platform was"
                  + " tensorflow and new platform requested is torch");
      assertThat(
              server.refusal(
                  list(
                      good,
                      "config { name: 'three' base_path: 's3://b/m' model_platform: 'tensorflow' }")))
          .startsWith("UNIMPLEMENTED: File system scheme 's3' not implemented");
      for (String other : new String[] {"", "custom_model_config {}"}) {
        assertThat(server.refusal(other))
            .isEqualTo(
                "INVALID_ARGUMENT: ServerModelConfig type not supported by"
                    + " HandleReloadConfigRequest. Only ModelConfigList is currently supported");
      }
      assertThat(server.answers("one")).isEqualTo(1);
      assertThat(server.server().get("/v1/models").body()).doesNotContain("two", "three");

      String typed =
          "config { name: 'one' base_path: '%s' model_type: TENSORFLOW }"
              .formatted(folder.resolve("one"));
      server.reload(list(typed, good));
      assertThat(server.answers("two")).isEqualTo(1);
      assertThat(server.answers("one")).isEqualTo(1);
    }
  }

  private String platform(String name, String platform) {
    return "config { name: '%s' base_path: '/m' model_platform: '%s' }".formatted(name, platform);
  }

  @Test
  @Spec("H11")
  void oneBadModelIsToldAndTheOthersServe() throws Exception {
    version(folder, "good", 1);
    version(folder, "old", 1);
    Files.createDirectories(folder.resolve("bad/7"));
    Files.createDirectories(folder.resolve("empty"));
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "old")))) {
      String refusal =
          server.refusal(
              list(
                  model(folder, "bad"),
                  model(folder, "good"),
                  model(folder, "empty"),
                  model(folder, "missing")));

      assertThat(refusal)
          .startsWith(
              "UNKNOWN: 3 model(s) did not become available: {{{name: bad version: 7} due to error:"
                  + " NOT_FOUND: Specified file path does not appear to contain a SavedModel")
          .contains("{{name: empty} due to error: NOT_FOUND: no versions were found")
          .contains(
              "{{name: missing} due to error: INVALID_ARGUMENT: Could not find base path "
                  + folder.resolve("missing"));
      assertThat(server.answers("good")).isEqualTo(1);
      await("old is gone", () -> server.answers("old") == 0);

      version(folder, "missing", 3);
      await("it is served when it comes", () -> server.answers("missing") == 3);
    }
  }

  @Test
  void withoutIsolationAModelThatIsMissingIsWaitedForAsLongAsTheFlagSays() throws Exception {
    version(folder, "old", 1);
    String old = model(folder, "old");
    try (ReloadingServer server =
        ReloadingServer.start(
            folder,
            list(old),
            "--model_config_isolation=false",
            "--model_config_reload_timeout_seconds=1")) {
      assertThat(server.refusal(list(old, model(folder, "missing"))))
          .isEqualTo(
              "UNKNOWN: 1 model(s) did not become available: {{{name: missing} due to error:"
                  + " DEADLINE_EXCEEDED: still loading after 1 s}, }");
      server.reload(list(old));
      assertThat(server.answers("old")).isEqualTo(1);
    }
  }

  @Test
  void reloadThatWaitsDoesNotHoldUpTheNextAndEndsWithItsModel() throws Exception {
    version(folder, "old", 1);
    version(folder, "next", 1);
    String old = model(folder, "old");
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(old), "--model_config_isolation=false")) {
      var waiting =
          ModelServiceGrpc.newFutureStub(server.server().channel())
              .handleReloadConfigRequest(
                  ReloadingServer.request(list(old, model(folder, "missing"))));
      await(
          "the reload has begun",
          () -> server.server().server().models().all().containsKey("missing"));

      server.reload(list(old, model(folder, "next")));

      assertThat(server.answers("next")).isEqualTo(1);
      assertThat(waiting)
          .failsWithin(Duration.ofSeconds(60))
          .withThrowableThat()
          .withMessageContaining("another reload has removed the model");
    }
  }

  @Test
  void reloadThatWaitsIsAnsweredWhenTheServerStops() throws Exception {
    version(folder, "old", 1);
    String old = model(folder, "old");
    try (ReloadingServer server =
        ReloadingServer.start(folder, list(old), "--model_config_isolation=false")) {
      var waiting =
          ModelServiceGrpc.newFutureStub(server.server().channel())
              .handleReloadConfigRequest(
                  ReloadingServer.request(list(old, model(folder, "missing"))));
      await(
          "the reload has begun",
          () -> server.server().server().models().all().containsKey("missing"));

      server.server().server().close();

      assertThat(waiting)
          .failsWithin(Duration.ofSeconds(60))
          .withThrowableThat()
          .withMessageContaining("UNAVAILABLE: the server is being stopped");
    }
  }

  @Test
  void healthKnowsTheModelsThatAreConfigured() throws Exception {
    version(folder, "one", 1);
    version(folder, "two", 1);
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "one")))) {
      assertThat(health(server, "one")).isEqualTo("SERVING");
      server.reload(list(model(folder, "two")));
      assertThat(health(server, "two")).isEqualTo("SERVING");
      await("one is forgotten", () -> health(server, "one").equals("NOT_FOUND"));

      assertThat(server.refusal(list(model(folder, "missing")))).startsWith("UNKNOWN");
      assertThat(health(server, "missing")).isEqualTo("NOT_SERVING");
    }
  }

  private static String health(ReloadingServer server, String name) {
    try {
      return HealthGrpc.newBlockingStub(server.server().channel())
          .check(HealthCheckRequest.newBuilder().setService(name).build())
          .getStatus()
          .name();
    } catch (StatusRuntimeException failure) {
      return failure.getStatus().getCode().name();
    }
  }
}
