package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.server.config.StartConfig;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the admin port answers, on sockets. */
class AdminPortTest {

  private static final String HALF = "/v1/models/half_plus_two:predict";

  private static TestServer server;
  private RawHttp connection;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.HALF_PLUS_TWO);
    Models.copyTo(models, Models.COUNTER);
    Models.copyTo(models, Models.GATE);
    String config = TestServer.modelConfig(models, "half_plus_two", "counter", "gate");
    server = TestServer.start(config, "--rest_api_receive_timeout_seconds=1");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    connection = new RawHttp(server.adminPort());
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  private Struct page(String path) throws Exception {
    RawHttp.Answer answer = connection.send(RawHttp.get(path)).read();
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    Struct.Builder page = Struct.newBuilder();
    JsonFormat.parser().merge(answer.text(), page);
    return page.build();
  }

  /** The entry of a list whose member has this value. */
  private static Struct entry(Struct of, String list, String member, Value value) {
    ListValue entries = of.getFieldsOrThrow(list).getListValue();
    return entries.getValuesList().stream()
        .map(Value::getStructValue)
        .filter(entry -> entry.getFieldsOrThrow(member).equals(value))
        .findFirst()
        .orElseThrow(() -> new AssertionError(value + " is not among " + entries));
  }

  private Struct signature(String model, String name) throws Exception {
    Struct page = page("/v1/models/" + model + "/batching");
    Struct version = page.getFieldsOrThrow("versions").getListValue().getValues(0).getStructValue();
    return entry(version, "signatures", "signature", text(name));
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static double number(Struct of, String member) {
    return of.getFieldsOrThrow(member).getNumberValue();
  }

  private static String string(Struct of, String member) {
    return of.getFieldsOrThrow(member).getStringValue();
  }

  @Test
  void whatWasDecidedIsToldForEachSignatureThatWasCalled() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(server.post(HALF, "{\"instances\": [1.0, 2.0]}").statusCode()).isEqualTo(200);
    }
    Struct page = page("/v1/models/half_plus_two/batching");
    assertThat(string(page, "model")).isEqualTo("half_plus_two");
    Struct version = page.getFieldsOrThrow("versions").getListValue().getValues(0).getStructValue();
    assertThat(number(version, "version")).isEqualTo(2);
    assertThat(string(version, "state")).isEqualTo("AVAILABLE");
    assertThat(version.getFieldsOrThrow("not_called_yet").getListValue().getValuesList())
        .contains(text("regress_x_to_y"))
        .doesNotContain(text("serving_default"));
    Struct called = entry(version, "signatures", "signature", text("serving_default"));
    assertThat(string(called, "way")).isIn("tick", "runner");
    assertThat(string(called, "why")).isNotEmpty();
    assertThat(string(called, "graph")).startsWith("frozen: ");
    assertThat(number(called, "calls")).isGreaterThanOrEqualTo(3);
    assertThat(number(called, "runs")).isPositive();
    assertThat(number(called, "limit_rows")).isPositive();
    assertThat(number(called, "waiting")).isZero();
    assertThat(called.getFieldsOrThrow("merged").hasBoolValue()).isTrue();
  }

  @Test
  void modelWithStateIsNotMergedAndThePageSaysWhy() throws Exception {
    String incr = "{\"signature_name\": \"incr_counter\", \"inputs\": {}}";
    server.post("/v1/models/counter:predict", incr);
    Struct page = page("/v1/models/counter/batching");
    Struct version = page.getFieldsOrThrow("versions").getListValue().getValues(0).getStructValue();
    List<Value> called = version.getFieldsOrThrow("signatures").getListValue().getValuesList();
    for (Value signature : called) {
      assertThat(signature.getStructValue().getFieldsOrThrow("merged").getBoolValue()).isFalse();
      assertThat(string(signature.getStructValue(), "why")).isNotEmpty();
    }
  }

  @Test
  void oneVersionCanBeAskedFor() throws Exception {
    Struct page = page("/v1/models/half_plus_two/versions/2/batching?pretty");
    assertThat(page.getFieldsOrThrow("versions").getListValue().getValuesCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | /v1/models/nope/batching | 404 | Could not find any versions of model nope",
        "GET  | /v1/models/half_plus_two/versions/7/batching | 404 | Could not find version 7",
        "GET  | /v1/models/m/versions/99999999999999999999/batching | 400 | to numeric",
        "GET  | /v1/models/half_plus_two | 404 | There is no /v1/models/half_plus_two; there is",
        "GET  | / | 404 | /v1/models/<model>[/versions/<version>]/batching",
        "POST | /v1/models/half_plus_two/batching | 400 | only GET is",
        "PUT  | /v1/models/half_plus_two/batching | 400 | only GET is",
        "POST | /logging | 400 | only GET is",
        "PUT  | /logging | 400 | The body is ",
      })
  void whatIsNotThereGetsTheErrorObject(String method, String path, int status, String text)
      throws Exception {
    RawHttp.Answer answer = connection.send(RawHttp.request(method, path, "", "")).read();
    assertThat(answer.text()).startsWith("{\n    \"error\": \"").contains(text);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(page("/v1/models/half_plus_two/batching").getFieldsMap()).containsKey("versions");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "nothing | The body is no JSON object such as {",
        "{} | The body is empty, expected {",
        "{\"level\": \"loud\"} | level is loud, expected debug, info, warning or error",
        "{\"level\": 1} | level is no text, expected debug, info, warning or error",
        "{\"lvel\": \"info\"} | There is no lvel to set, only level and libraries",
      })
  void levelOfTheLogThatIsNoneIsRefused(String body, String text) throws Exception {
    RawHttp.Answer answer = connection.send(RawHttp.request("PUT", "/logging", "", body)).read();
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text().replace("\\\"", "\"")).contains(text);
  }

  @Test
  void runThatGoesOnIsToldWhileItDoes() throws Exception {
    String gate = "/v1/models/gate:predict";
    try (RawHttp client = new RawHttp(server.restPort())) {
      client.send(RawHttp.post(gate, "{\"signature_name\": \"hold\", \"inputs\": 1}"));
      for (int i = 0; i < 3000 && !isCalled("gate"); i++) {
        LockSupport.parkNanos(10_000_000); // until the call has come
      }
      assertThat(isCalled("gate")).isTrue();
      server.post(gate, "{\"signature_name\": \"release\", \"inputs\": 1}");
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(number(signature("gate", "hold"), "calls")).isEqualTo(1);
  }

  private boolean isCalled(String model) throws Exception {
    Struct page = page("/v1/models/" + model + "/batching");
    Struct version = page.getFieldsOrThrow("versions").getListValue().getValues(0).getStructValue();
    return version.getFieldsOrThrow("signatures").getListValue().getValuesCount() > 0;
  }

  @Test
  void limitsOfTheRestApiHoldHereToo() throws Exception {
    RawHttp.Answer late = connection.send("GET /v1/mod").read();
    assertThat(late.status()).isEqualTo(408);
    assertThat(connection.atEnd()).isTrue();
  }

  @Test
  void portThatIsTakenEndsTheStart(@TempDir Path folder) throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    InetAddress here = InetAddress.getLoopbackAddress();
    InetSocketAddress any = new InetSocketAddress(here, 0);
    try (ServerSocket taken = new ServerSocket(0, 1, here)) {
      InetSocketAddress address = new InetSocketAddress(here, taken.getLocalPort());
      assertThatThrownBy(() ->
              ModelServer.start(
                  TestServer.config("--model_base_path=" + base),
                  new Listeners(any, any, null, address)))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("The admin port cannot be opened at ")
          .hasMessageContaining(String.valueOf(taken.getLocalPort()));
    }
  }

  /** All of 127.0.0.0/8 is the loopback interface's. */
  @Test
  void listensAtAnAddressOfItsOwnWhereItIsGivenOne(@TempDir Path folder) throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    int adminPort = FreePort.next();
    StartConfig config =
        TestServer.config(
            "--model_name=half",
            "--model_base_path=" + base,
            "--port=" + FreePort.next(),
            "--bind_address=127.0.0.1",
            "--admin_port=" + adminPort,
            "--admin_bind_address=127.0.0.2");
    try (ModelServer _ = ModelServer.start(config, Listeners.of(config.options()));
        Socket there = new Socket()) {
      there.connect(new InetSocketAddress("127.0.0.2", adminPort));
      assertThat(there.isConnected()).isTrue();
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), adminPort))
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void thereIsNoneUnlessItIsAskedFor() {
    assertThat(Listeners.of(TestServer.config("--model_base_path=/m").options()).admin()).isNull();
    assertThat(
            Listeners.of(TestServer.config("--model_base_path=/m", "--admin_port=9000").options())
                .admin())
        .isEqualTo(new InetSocketAddress("127.0.0.1", 9000));
  }
}
