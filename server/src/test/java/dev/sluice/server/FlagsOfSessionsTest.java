package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.Models;
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

  @Test
  @Proves("--platform_config_file")
  void platformConfigFileIsInForce() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("platform.config"),
            """
            platform_configs { key: 'tensorflow' value { source_adapter_config {
              [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
                legacy_config { session_config { %s } saved_model_tags: 'serve' }
              } } } }
            """
                .formatted(IMPATIENT));
    assertImpatient(
        "--platform_config_file=" + file,
        "--rest_api_timeout_in_ms=0",
        "--saved_model_tags=nonsense");
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
