package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.await;
import static dev.sluice.server.ReloadingServer.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.protocol.TfRecordReader;
import dev.sluice.server.record.WarmUp;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests over sockets that are logged, and what the logs are good for. */
class RequestLogServerTest {

  private static final String PREDICT = "{\"instances\": [2.0]}";
  private static final String EXAMPLES =
      "{\"signature_name\": \"%s\", \"examples\": [{\"x\": 2.0}, {\"x\": 4.0}]}";

  @TempDir private Path folder;

  private static String logging(String type, Path prefix) {
    return "logging_config { log_collector_config { type: '%s' filename_prefix: '%s' } sampling_config { sampling_rate: 1 } }"
        .formatted(type, prefix);
  }

  private TestServer start(String logging, String... flags) throws Exception {
    Path base = folder.resolve("half");
    if (!Files.exists(base)) {
      Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    }
    Path file =
        Files.writeString(
            folder.resolve("models.config"), list(ReloadingServer.modelAt(base, "half", logging)));
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--model_config_file=" + file);
    all.add("--version_completeness_check=false");
    return TestServer.start(all.toArray(String[]::new));
  }

  private static int post(TestServer server, String verb, String body) throws Exception {
    return server.post("/v1/models/half:" + verb, body).statusCode();
  }

  private static void ask(TestServer server) throws Exception {
    assertThat(post(server, "predict", PREDICT)).isEqualTo(200);
    assertThat(post(server, "classify", EXAMPLES.formatted("classify_x_to_y"))).isEqualTo(200);
    assertThat(post(server, "regress", EXAMPLES.formatted("regress_x_to_y"))).isEqualTo(200);
    assertThat(post(server, "predict", "{\"instances\": [\"a\"]}")).isEqualTo(400);
  }

  private static boolean isOnPage(TestServer server, String line) {
    try {
      return server.get("/metrics").body().contains(line);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  /** Records are written by another thread than the one that answers. */
  private static void awaitLogged(TestServer server, StatusCode code, int count) {
    String line =
        "sluice_request_log_records_total{model=\"%s\",status=\"%s\"} %d\n"
            .formatted("half", code, count);
    await(line, () -> isOnPage(server, line));
  }

  private List<PredictionLog> written() throws IOException {
    List<PredictionLog> records = new ArrayList<>();
    for (Path file : files()) {
      try (InputStream in = Files.newInputStream(file)) {
        TfRecordReader reader = new TfRecordReader(in);
        for (byte[] record = reader.next(); record != null; record = reader.next()) {
          records.add(PredictionLog.parseFrom(record));
        }
      }
    }
    return records;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("logs"))) {
      return files.toList();
    }
  }

  @Test
  @Spec("SC-15")
  void whatWasAnsweredIsLoggedAndWarmsTheNextServerUp() throws Exception {
    String logging = logging("tfrecord", folder.resolve("logs/half"));
    try (TestServer server = start(logging)) {
      ask(server);
      awaitLogged(server, StatusCode.OK, 3);
    }
    assertThat(written())
        .extracting(PredictionLog::getLogTypeCase)
        .containsExactlyInAnyOrder(
            PredictionLog.LogTypeCase.PREDICT_LOG,
            PredictionLog.LogTypeCase.CLASSIFY_LOG,
            PredictionLog.LogTypeCase.REGRESS_LOG);
    PredictionLog regress =
        written().stream().filter(PredictionLog::hasRegressLog).findFirst().orElseThrow();
    assertThat(regress.getRegressLog().getRequest().getInput().getExampleList().getExamplesCount())
        .isEqualTo(2);
    assertThat(regress.getRegressLog().getResponse().getResult().getRegressions(1).getValue())
        .isEqualTo(4);

    Path warmUp = folder.resolve("half/1").resolve(WarmUp.FILE);
    Files.createDirectories(warmUp.getParent());
    Files.copy(files().getFirst(), warmUp);
    try (LoggedLines log = LoggedLines.of(WarmUp.class);
        TestServer server = start(logging)) {
      assertThat(log.lines()).anyMatch(line -> line.contains("Number of warmup records read: 3."));
      assertThat(isOnPage(server, "sluice_request_log_records_total"))
          .as("warm-up is nobody's request")
          .isFalse();
    }
  }

  @Test
  void logThatCannotBeWrittenDisturbsNobodyAndGoesOnWhenItCan() throws Exception {
    Path inTheWay = Files.writeString(folder.resolve("logs"), "a file where a folder should be");
    try (LoggedLines log = LoggedLines.of("dev.sluice.server.record.LogSink");
        LoggedLines counts = LoggedLines.of("dev.sluice.server.log.CountWatch");
        TestServer server = start(logging("jsonl", inTheWay.resolve("half")))) {
      ask(server);
      ask(server);
      awaitLogged(server, StatusCode.DATA_LOSS, 6);
      assertThat(log.lines()).hasSize(1).first().asString().contains("can't be written", "/logs");
      counts.await("Requests are missing in request logs, by their number: ");

      Files.delete(inTheWay);
      await(
          "a request is logged again",
          () -> {
            try {
              assertThat(post(server, "predict", PREDICT)).isEqualTo(200);
            } catch (Exception failure) {
              throw new AssertionError(failure);
            }
            return isOnPage(
                server, "sluice_request_log_records_total{model=\"half\",status=\"OK\"} ");
          });
      log.await("is written again");
    }
    assertThat(Files.readAllLines(files().getFirst()))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("{\"log"));
  }

  @Test
  @Proves({"--request_log_file_records", "--request_log_files"})
  void logIsTurnedOnAndOffByAReloadThatLeavesTheModel() throws Exception {
    try (TestServer server = start("", "--request_log_file_records=1", "--request_log_files=2")) {
      assertThat(post(server, "predict", PREDICT)).isEqualTo(200);
      reload(server, logging("tfrecord", folder.resolve("logs/half")));
      for (int x = 2; x <= 6; x += 2) {
        assertThat(post(server, "predict", "{\"instances\": [%d.0]}".formatted(x))).isEqualTo(200);
        awaitLogged(server, StatusCode.OK, x / 2);
      }
      assertThat(files()).as("a record each, and the oldest is deleted").hasSize(2);
      assertThat(written()).hasSize(2);
      reload(server, "");
      assertThat(post(server, "predict", PREDICT)).isEqualTo(200);
      assertThat(
              isOnPage(
                  server, "sluice_version_loads_total{model=\"half\",result=\"available\"} 1\n"))
          .as("the model was loaded once")
          .isTrue();
    }
    assertThat(written())
        .extracting(RequestLogServerTest::y)
        .containsExactlyInAnyOrder(List.of(4f), List.of(5f));
  }

  private static List<Float> y(PredictionLog log) {
    return log.getPredictLog().getResponse().getOutputsOrThrow("y").getFloatValList();
  }

  private void reload(TestServer server, String logging) throws Exception {
    String config = list(ReloadingServer.modelAt(folder.resolve("half"), "half", logging));
    var _ = server.models().handleReloadConfigRequest(ReloadingServer.request(config));
  }

  @Test
  void typeThatThereIsNotFailsTheStart() {
    assertThatThrownBy(() -> start(logging("csv", folder.resolve("half"))))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
        .hasMessage("Cannot find LogCollector::Factory for type: csv");
  }
}
