package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real server. */
class PredictVerbTest {

  @TempDir static Path folder;
  private static LocalServer server;

  @BeforeAll
  static void start() throws Exception {
    StringBuilder config = new StringBuilder("model_config_list {\n");
    for (String name :
        List.of(Models.HALF_PLUS_TWO, Models.IDENTITY, Models.STRINGS, Models.TABLE, Models.SLOW)) {
      config.append(
          "config { name: '%s' base_path: '%s' model_platform: 'tensorflow' model_version_policy { all {} } %s }\n"
              .formatted(
                  name,
                  Models.copyTo(folder, name),
                  name.equals(Models.HALF_PLUS_TWO)
                      ? "version_labels { key: 'old' value: 1 }"
                      : ""));
    }
    Path file = Files.writeString(folder.resolve("models.config"), config.append("}\n"));
    server = LocalServer.start("--model_config_file=" + file);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "my_server", "a/b", "me@there", "[::1", "::zz", "a:1"})
  void hostThatIsNoneIsAMistakeOfTheCommandLine(String host) {
    for (VerbRun run :
        List.of(rest("[1.0]", "m", "--host=" + host), grpc("[1.0]", "m", "--host=" + host))) {
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err())
          .startsWith(
              "sluice predict: --host is " + (host.isEmpty() ? "empty" : host) + ", expected")
          .hasLineCount(2);
    }
  }

  @Test
  void hostMayBeAnAddressAsInAUrl() {
    List<String> nowhere = List.of("--host=[::1]", "--port=1", "--timeout=5");
    assertThat(predict("[1.0]", nowhere, "m").err())
        .contains("REST API at [::1]:1, nothing listens there");
    assertThat(predict("[1.0]", nowhere, "m", "--grpc").err())
        .contains("gRPC API at [::1]:1, none answers there");
  }

  private static VerbRun rest(String input, String... arguments) {
    return predict(input, List.of("--port=" + server.restPort()), arguments);
  }

  private static VerbRun grpc(String input, String... arguments) {
    return predict(input, List.of("--port=" + server.grpcPort(), "--grpc"), arguments);
  }

  private static VerbRun predict(String input, List<String> more, String... arguments) {
    List<String> all = new ArrayList<>(List.of("predict"));
    all.addAll(List.of(arguments));
    all.addAll(more);
    return VerbRun.withInput(input, all.toArray(String[]::new));
  }

  @Test
  void answerIsPrintedAndNothingElse() {
    VerbRun run = rest("{\"instances\": [1.0, 2.0, 5.0]}", "half_plus_two");
    assertThat(run.out())
        .isEqualTo("{\n    \"predictions\": [3.5, 4.0, 5.5\n    ]\n}" + System.lineSeparator());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "half_plus_two | {\"instances\": [1.0, 2e10, -0.1, NaN, Infinity]}",
        "half_plus_two | {\"inputs\": {\"x\": [1.0, 0.3]}}",
        "half_plus_two | {\"signature_name\": \"regress_x2_to_y3\", \"inputs\": [[4]]}",
        "identity | {\"signature_name\": \"double\", \"inputs\": [[0.1, 1e300], [-0.0, 3]]}",
        "identity | {\"signature_name\": \"int64\", \"inputs\": -9223372036854775808}",
        "identity | {\"signature_name\": \"bool\", \"instances\": [true, false]}",
        "identity | {\"signature_name\": \"string\", \"instances\": [\"ä\", {\"b64\": \"/w==\"}]}",
        "strings | {\"instances\": [\"one\", \"zwölf\"]}",
        "strings | {\"inputs\": [[\"a\"], [\"b\"]]}",
        "table | {\"instances\": [\"zero\", \"three\", \"four\"]}",
      })
  void restAndGrpcPrintTheSameText(String model, String body) {
    VerbRun rest = rest(body, model);
    assertThat(rest.err()).isEmpty();
    assertThat(grpc(body, model)).isEqualTo(rest);
    assertThat(rest.out()).containsAnyOf("predictions", "outputs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "half_plus_two | [1.0, 2.0] | [3.5, 4.0",
        "half_plus_two | 1.0 | [3.5",
        "half_plus_two | ` \n [1.0]\n` | [3.5",
        "half_plus_two | [[1.0, 2.0], [3.0, 4.0]] | [[3.5, 4.0], [4.5, 5.0]",
        "strings | [\"ab\", \"c\"] | \"upper\": \"AB\"",
        "table | \"one\" | [1",
      })
  void bareValuesAreTheInstances(String model, String typed, String answer) {
    VerbRun run = rest(typed, model);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains(answer);
    assertThat(grpc(typed, model)).isEqualTo(run);
  }

  @Test
  void requestComesFromAFileToo() throws Exception {
    Path file = Files.writeString(folder.resolve("request.json"), "[6.0]");
    assertThat(rest("", "half_plus_two", file.toString()).out()).contains("6.0");
    assertThat(rest("[6.0]", "half_plus_two", "-").out()).contains("6.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version=1", "--label=old"})
  void olderVersionCanBeAsked(String which) {
    assertThat(rest("[1.0]", "half_plus_two", which).out()).contains("[2.5");
    assertThat(grpc("[1.0]", "half_plus_two", which).out()).contains("[2.5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[4.0]",
        "{\"instances\": [4.0]}",
        "{\"signature_name\": \"int32\", \"instances\": [4.0]}"
      })
  void signatureOfTheCommandLineComesFirst(String typed) {
    VerbRun run = rest(typed, "identity", "--signature=float");
    assertThat(run.out()).contains("[4.0");
    assertThat(grpc(typed, "identity", "--signature=float")).isEqualTo(run);
  }

  @Test
  void unknownModelIsTheServersRefusal() {
    VerbRun rest = rest("[1.0]", "nobody");
    assertThat(rest.err())
        .isEqualTo("sluice predict: Servable not found for request: Latest(nobody) (HTTP 404)\n");
    assertThat(rest.out()).isEmpty();
    assertThat(rest.code()).isEqualTo(1);
    VerbRun grpc = grpc("[1.0]", "nobody");
    assertThat(grpc.err())
        .isEqualTo(
            "sluice predict: Servable not found for request: Latest(nobody) (gRPC NOT_FOUND)\n");
    assertThat(grpc.code()).isEqualTo(1);
  }

  @Test
  void brokenJsonIsRefusedInOneLine() {
    String typed = "{\"instances\": [1, 2}";
    VerbRun rest = rest(typed, "half_plus_two");
    assertThat(rest.err())
        .isEqualTo(
            "sluice predict: JSON Parse error: Missing a comma or ']' after an array element. at"
                + " offset: 19 (HTTP 400)\n");
    assertThat(rest.code()).isEqualTo(1);
    assertThat(grpc(typed, "half_plus_two").err()).isEqualTo(rest.err().replace(" (HTTP 400)", ""));
  }

  @Test
  void refusalOfSeveralLinesBecomesOne() {
    VerbRun run = rest("{\"instances\": {\"a\": 1}}", "half_plus_two");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("HTTP 400");
  }

  @Test
  void unknownSignatureNamesThoseThereAre() {
    assertThat(grpc("[1.0]", "identity", "--signature=none").err())
        .contains("no signature none, expected one of [bool, double,");
  }

  @Test
  void unreachableServerIsSaidInOneLine() throws Exception {
    int port = FreePort.next();
    VerbRun rest = predict("{\"inputs\": 1}", List.of("--port=" + port), "m");
    assertThat(rest.err())
        .startsWith("sluice predict: expected a server's REST API at 127.0.0.1:" + port)
        .contains("nothing listens there");
    assertThat(rest.err().lines()).hasSize(1);
    assertThat(rest.code()).isEqualTo(1);
    VerbRun grpc = predict("{\"inputs\": 1}", List.of("--grpc", "--port=" + port), "m");
    assertThat(grpc.err())
        .startsWith("sluice predict: expected a server's gRPC API at 127.0.0.1:" + port)
        .contains("refused");
    assertThat(grpc.err().lines()).hasSize(1);
    assertThat(grpc.code()).isEqualTo(1);
  }

  @Test
  void unknownHostIsSaidInOneLine() {
    for (String protocol : List.of("--grpc", "--timeout=9")) {
      VerbRun run =
          VerbRun.withInput("{\"inputs\": 1}", "predict", "m", "--host=no.such.invalid", protocol);
      assertThat(run.err()).contains("no.such.invalid").doesNotContain("Exception");
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.code()).isEqualTo(1);
    }
  }

  @Test
  void portOfTheOtherProtocolIsNoMystery() {
    VerbRun rest =
        predict("{\"inputs\": 1}", List.of("--port=" + server.grpcPort()), "half_plus_two");
    assertThat(rest.err()).contains("expected a server's REST API").contains("is none");
    assertThat(rest.err().lines()).hasSize(1);
    VerbRun grpc =
        predict("{\"inputs\": 1}", List.of("--grpc", "--port=" + server.restPort()), "half");
    assertThat(grpc.err()).startsWith("sluice predict: expected a server's gRPC API");
    assertThat(grpc.err().lines()).hasSize(1);
  }

  @Test
  void slowAnswerEndsWithTheTimeout() {
    String body = "{\"instances\": [60000]}";
    VerbRun rest = rest(body, "slow", "--timeout=0.3");
    assertThat(rest.err()).contains("within 0.3 s, none came");
    assertThat(rest.code()).isEqualTo(1);
    VerbRun grpc = grpc(body, "slow", "--timeout=1");
    assertThat(grpc.err()).contains("within 1 s, none came");
    assertThat(grpc.code()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "predict | Missing required parameter: 'MODEL'",
        "predict m --version=x | 'x' is not a long",
        "predict m --version=-1 | --version is -1, expected 0 or more",
        "predict m --version=1 --label=a | mutually exclusive",
        "predict m --port=0 | --port is 0, expected 1 to 65535",
        "predict m --timeout=0 | --timeout is 0.0, expected more than 0",
        "predict m --no-such | Unknown option: '--no-such'",
        "predict m no/such/file | no file no/such/file",
        "predict m - more | Unmatched argument",
        "frobnicate | unknown verb: frobnicate",
        "inspect | Missing required parameter: 'DIR'",
        "demo --port=7 --rest_api_port=7 | expected two ports",
      })
  void wrongCommandLineIsSaidWithCodeTwo(String line, String words) {
    VerbRun run = VerbRun.of(line.split(" "));
    assertThat(run.err()).contains(words).contains("sluice");
    assertThat(run.err().lines().count()).isLessThanOrEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isEqualTo(2);
  }
}
