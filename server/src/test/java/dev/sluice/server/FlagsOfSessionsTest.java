package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers whose sessions are made by a file or by tags: what these say is so. */
class FlagsOfSessionsTest {

  /** With this a run ends after 50 ms, though its client would wait. */
  private static final String IMPATIENT = "operation_timeout_in_ms: 50 allow_soft_placement: true";

  private static final String SLOW_REQUEST = "{\"inputs\": {\"millis\": [5000]}}";

  @TempDir Path folder;

  private void assertImpatient(String... flags) throws Exception {
    try (TestServer server = TestServer.of("slow", Models.copyTo(folder, Models.SLOW), flags)) {
      var answer = server.post("/v1/models/slow:predict", SLOW_REQUEST);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(504);
      assertThat(server.post("/v1/models/slow:predict", "{\"inputs\": {\"millis\": [1]}}").body())
          .contains("1");
    }
  }

  @Test
  @Proves("--tensorflow_session_config_file")
  void sessionConfigFileIsInForce() throws Exception {
    Path file = Files.writeString(folder.resolve("session.config"), IMPATIENT);
    assertImpatient(
        "--tensorflow_session_config_file=" + file,
        "--rest_api_timeout_in_ms=0",
        "--per_process_gpu_memory_fraction=0.5");
  }

  private Path platform(String session) throws Exception {
    return Files.writeString(
        folder.resolve("platform.config"),
        """
        platform_configs { key: 'tensorflow' value { source_adapter_config {
          [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
            legacy_config { %s }
          } } } }
        """
            .formatted(session));
  }

  @Test
  @Proves("--platform_config_file")
  void platformConfigFileIsInForce() throws Exception {
    Path file = platform("session_config { " + IMPATIENT + " } saved_model_tags: 'serve'");
    assertImpatient(
        "--platform_config_file=" + file,
        "--rest_api_timeout_in_ms=0",
        "--saved_model_tags=nonsense");
  }

  @Test
  @Spec("ML-1")
  void metadataOfVersionsIsPublishedWhereTheFileAsksForIt() throws Exception {
    Path base = folder.resolve("half");
    Path version = Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    Path extra = Files.createDirectories(version.resolve("assets.extra"));
    Files.writeString(extra.resolve("mlmd_uuid"), "test_mlmd_uuid\n");
    String rest = "--rest_api_port=1"; // the file is read where there is one
    String monitoring =
        "--monitoring_config_file="
            + Files.writeString(folder.resolve("m.config"), "prometheus_config { enable: true }");
    Path wanted = platform("enable_session_metadata: true");
    try (TestServer server =
        TestServer.of("half", base, rest, monitoring, "--platform_config_file=" + wanted)) {
      assertThat(server.get("/monitoring/prometheus/metrics").body())
          .contains(":tensorflow:serving:mlmd_map{model_name=\"half\",version=\"1\"} 0\n")
          .containsOnlyOnce(":tensorflow:serving:mlmd_map{");
      assertThat(server.get("/metrics").body())
          .contains(
              "sluice_version_mlmd_info{model=\"half\",version=\"1\",uuid=\"test_mlmd_uuid\"} 1\n");
    }
    try (TestServer server = TestServer.of("half", base, rest, monitoring)) {
      assertThat(server.get("/monitoring/prometheus/metrics").body())
          .doesNotContain(":tensorflow:serving:mlmd_map{");
    }
  }

  /** Tags stand in the graph's file as they are, behind their length. */
  private static void retag(Path version, String tag, String other) throws Exception {
    Path graph = version.resolve("saved_model.pb");
    String bytes = Files.readString(graph, StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains("\"\5" + tag);
    Files.writeString(
        graph, bytes.replace("\"\5" + tag, "\"\5" + other), StandardCharsets.ISO_8859_1);
  }

  @Test
  @Proves("--saved_model_tags")
  void graphIsTheOneWithTheseTags() throws Exception {
    Path base = folder.resolve("half");
    retag(Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1), "serve", "other");
    String now = "--version_completeness_check=false";
    try (TestServer server = TestServer.of("half", base, now, "--saved_model_tags=other")) {
      assertThat(server.post("/v1/models/half:predict", "{\"inputs\": [2.0]}").body())
          .contains("3.0");
    }
    assertThatThrownBy(() -> TestServer.of("half", base, now, "--max_num_load_retries=0"))
        .hasMessageContaining("supplied tags: { serve }");
  }
}
