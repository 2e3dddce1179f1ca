package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SageMaker's contract for an endpoint whose models are there from the start, over sockets. */
class SageMakerTest {

  private static final String ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes: ";

  private static HostedServer server;

  @BeforeAll
  static void start(@TempDir Path base) throws Exception {
    Path models = base.resolve("model");
    Models.copyTo(models, Models.HALF_PLUS_TWO); // 0.5 x + 2 in version 1, + 3 in version 2
    Models.copyTo(models, Models.KERAS);
    Models.copyTo(models, Models.STRINGS);
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve("export/Servo"), 1527887769);
    server =
        HostedServer.start(
            Map.of(
                "SAGEMAKER_BASE_DIR", base.toString(),
                "SAGEMAKER_BIND_TO_PORT", "8080",
                "SAGEMAKER_TFS_DEFAULT_MODEL_NAME", "half_plus_two"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RawHttp.Answer invoke(String type, String attributes, String body)
      throws Exception {
    return server.request(
        "POST",
        "/invocations",
        "Content-Type: " + type + "\r\n" + ATTRIBUTES + attributes + "\r\n",
        body);
  }

  private static String compact(RawHttp.Answer answer) {
    return answer.status() + " " + answer.text().replaceAll("\\s", "");
  }

  @Test
  void pingIsEmptyAndGood() throws Exception {
    RawHttp.Answer ping = server.get("/ping");
    assertThat(ping.status()).isEqualTo(200);
    assertThat(ping.text()).isEmpty();
    assertThat(compact(server.post("/ping", "")))
        .isEqualTo("405 {\"error\":\"POSTisnotpossiblehere,onlyGETis\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "application/json | | {\"instances\": [1.0, 5.0]} | {\"predictions\":[3.5,5.5]}",
        "application/json | | {\"inputs\": [1.0, 5.0]} | {\"outputs\":[3.5,5.5]}",
        "Application/JSON; charset=utf-8 | | {\"instances\": [1.0]} | {\"predictions\":[3.5]}",
        "application/json | | 1.0, 5.0 | {\"predictions\":[3.5,5.5]}",
        "application/json | | [{\"x\": 1.0}, {\"x\": 5.0}] | {\"predictions\":[3.5,5.5]}",
        "application/jsonlines | | {\"x\": 1.0};{\"x\": 5.0}; | {\"predictions\":[3.5,5.5]}",
        "application/jsons | | {\"x\": 1.0}{\"x\": 5.0} | {\"predictions\":[3.5,5.5]}",
        "application/jsonlines | tfs-model-name=keras | [1,2,3];[1,5,1] | {\"predictions\":[[9.0],[18.5]]}",
        "application/json | tfs-model-name=keras | [1,2,3] | {\"predictions\":[[9.0]]}",
        "application/json | tfs-model-name=keras | [[1,2,3], [1,5,1]] | {\"predictions\":[[9.0],[18.5]]}",
        "text/csv | | 1.0;5.0; | {\"predictions\":[3.5,5.5]}",
        "text/csv | tfs-model-name=keras | 1,2,3;1,5,1 | {\"predictions\":[[9.0],[18.5]]}",
        "application/json | tfs-model-version=1 | {\"instances\": [1.0]} | {\"predictions\":[2.5]}",
        "application/json | a=b,tfs-model-name=half_plus_two,tfs-model-version=2 | 1.0 | {\"predictions\":[3.5]}",
        "application/json | tfs-model-name=Servo | 1.0 | {\"predictions\":[2.5]}",
        "application/json | tfs-method=regress | {\"signature_name\": \"regress_x_to_y\", \"examples\": [{\"x\": 1.0}]} | {\"results\":[3.5]}",
        "application/json | tfs-method=classify | {\"signature_name\": \"classify_x_to_y\", \"examples\": [{\"x\": 1.0}]} | {\"results\":[[[\"\",3.5]]]}",
      })
  void bodyOfEachTypeIsAnswered(String type, String attributes, String body, String answer)
      throws Exception {
    String lines = body.replace(';', '\n');
    assertThat(compact(invoke(type, attributes == null ? "" : attributes, lines)))
        .isEqualTo("200 " + answer);
  }

  @Test
  void textInCsvIsTextForTheModel() throws Exception {
    RawHttp.Answer answer = invoke("text/csv", "tfs-model-name=strings", "ab\n\"c,\"\"d\"\n");
    assertThat(compact(answer))
        .startsWith("200 ")
        .contains("\"upper\":\"AB\"")
        .contains("\"upper\":\"C,\\\"D\"")
        .contains("\"length\":4");
  }

  @Test
  void bodyWithoutATypeIsJson() throws Exception {
    assertThat(compact(server.request("POST", "/invocations", "", "[{\"x\": 1.0}]")))
        .isEqualTo("200 {\"predictions\":[3.5]}");
  }

  /** Beyond what is decoded on an event loop. */
  @Test
  void largeBodyIsAnsweredToo() throws Exception {
    StringJoiner csv = new StringJoiner("\n");
    for (int i = 0; i < 20_000; i++) {
      csv.add("1.0000");
    }
    RawHttp.Answer answer = invoke("text/csv", "", csv.toString());
    assertThat(answer.text().split("3\\.5", -1)).hasSize(20_001);
  }

  @Test
  void acceptedTypeIsAnsweredInOneLine() throws Exception {
    String json = "Content-Type: application/json\r\n";
    String body = "{\"instances\": [1.0]}";
    RawHttp.Answer lines =
        server.request(
            "POST", "/invocations", json + "Accept: text/csv, application/jsonlines\r\n", body);
    assertThat(lines.header("content-type")).isEqualTo("application/jsonlines");
    assertThat(lines.text()).isEqualTo("{    \"predictions\": [3.5    ]}");
    RawHttp.Answer any = server.request("POST", "/invocations", json + "Accept: */*\r\n", body);
    assertThat(any.header("content-type")).isEqualTo("application/json");
    assertThat(any.text()).isEqualTo("{\n    \"predictions\": [3.5\n    ]\n}");
    RawHttp.Answer error =
        server.request("POST", "/invocations", json + "Accept: application/json\r\n", "{");
    assertThat(error.status()).isEqualTo(400);
    assertThat(error.text()).startsWith("{    \"error\": \"JSON Parse error:").doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "415 | text/plain | | 1.0 | Unsupported Media Type: text/plain",
        "415 | application/x-npy | | 1.0 | Unsupported Media Type: application/x-npy",
        "400 | text/csv | | 1,2;3 | CSV line 2 has 1 value(s), expected 2 as in the lines before",
        "400 | text/csv | | \"a | The quote in CSV line 1 is not closed",
        "400 | text/csv | | one | Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: \\\"one\\\" Type: String is not of expected type: float",
        "400 | application/json | | {\"instances\": | JSON Parse error",
        "400 | application/json | tfs-method=guess | 1.0 | tfs-method is \\\"guess\\\", expected predict, classify or regress",
        "400 | application/json | tfs-model-version=new | 1.0 | Failed to convert version: new to numeric.",
        "404 | application/json | tfs-model-name=nobody | 1.0 | Servable not found for request: Latest(nobody)",
        "404 | application/json | tfs-model-version=7 | 1.0 | Servable not found for request: Specific(half_plus_two, 7)",
      })
  void mistakeIsToldWithItsStatus(
      int status, String type, String attributes, String body, String text) throws Exception {
    RawHttp.Answer answer =
        invoke(type, attributes == null ? "" : attributes, body.replace(';', '\n'));
    assertThat(answer.text()).startsWith("{\n    \"error\": \"" + text);
    assertThat(answer.status()).isEqualTo(status);
  }

  /** The whole process, as SageMaker starts a container: variables, and one argument. */
  @Test
  void serverThatStopsIsUnwellAndStillAnswers(@TempDir Path base) throws Exception {
    Models.copyTo(base.resolve("model"), Models.KERAS);
    int port = FreePort.next();
    List<String> environment =
        List.of("env", "SAGEMAKER_BASE_DIR=" + base, "SAGEMAKER_BIND_TO_PORT=" + port);
    List<String> arguments =
        List.of(
            "--bind_address=127.0.0.1",
            "--port=" + FreePort.next(),
            "--drain_delay_seconds=600",
            "serve");
    String csv = RawHttp.request("POST", "/invocations", "Content-Type: text/csv\r\n", "1,2,3");
    try (ChildServer child = new ChildServer(base, environment, arguments)) {
      child.awaitLine("Ready. Serving keras version 1");
      assertThat(child.out()).isEmpty();
      assertThat(child.err())
          .contains("Answering SageMaker on port " + port + "; the default model is keras");
      assertThat(HostedServer.ask(port, RawHttp.get("/ping")).status()).isEqualTo(200);
      child.process.destroy(); // SIGTERM
      child.awaitLine("Not ready from now on");
      RawHttp.Answer ping = HostedServer.ask(port, RawHttp.get("/ping"));
      assertThat(compact(ping)).isEqualTo("503 {\"error\":\"theserverisstopping\"}");
      RawHttp.Answer last = HostedServer.ask(port, csv);
      assertThat(compact(last)).isEqualTo("200 {\"predictions\":[[9.0]]}");
      assertThat(last.header("connection")).isEqualTo("close");
      child.process.destroy();
      assertThat(child.exitCode()).isEqualTo(128 + 15);
    }
  }

  @Test
  void restOfThePortIsTheRestApi() throws Exception {
    assertThat(compact(server.post("/v1/models/keras:predict", "{\"instances\": [[1, 2, 3]]}")))
        .isEqualTo("200 {\"predictions\":[[9.0]]}");
    assertThat(server.get("/readyz").status()).isEqualTo(200);
    assertThat(compact(server.get("/models"))).isEqualTo("404 {\"error\":\"Thereisno/models\"}");
    assertThat(server.get("/invocations").status()).isEqualTo(405);
  }
}
