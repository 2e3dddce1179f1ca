package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.testkit.Damage;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The log of a server that is a process: in JSON, and from a level that changes while it runs. */
class LogTest {

  @TempDir Path folder;

  private final int port = FreePort.next();
  private final int restPort = FreePort.next();
  private final int adminPort = FreePort.next();

  LogTest() throws IOException {}

  private ChildServer server(String... more) throws IOException {
    List<String> flags = new ArrayList<>();
    flags.add("--port=" + port);
    flags.add("--rest_api_port=" + restPort);
    flags.add("--admin_port=" + adminPort);
    flags.add("--bind_address=127.0.0.1");
    flags.addAll(List.of(more));
    return new ChildServer(folder, List.of(), flags);
  }

  /** The lines that are complete; each has to be an object. */
  private static List<Struct> events(ChildServer server) throws IOException {
    String text = server.err();
    List<Struct> events = new ArrayList<>();
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      Struct.Builder event = Struct.newBuilder();
      JsonFormat.parser().merge(line, event);
      assertThat(event.getFieldsMap()).as(line).containsKeys("time", "level", "event", "message");
      assertThat(text(event.build(), "time"))
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
      events.add(event.build());
    }
    return events;
  }

  private static List<Struct> events(ChildServer server, String name) throws IOException {
    return events(server).stream().filter(event -> text(event, "event").equals(name)).toList();
  }

  private static Struct only(ChildServer server, String name) throws IOException {
    List<Struct> found = events(server, name);
    assertThat(found).as("%s in %s", name, server.err()).hasSize(1);
    return found.getFirst();
  }

  private static String text(Struct event, String member) {
    return event.getFieldsOrDefault(member, Value.getDefaultInstance()).getStringValue();
  }

  private static double number(Struct event, String member) {
    return event.getFieldsOrThrow(member).getNumberValue();
  }

  private RawHttp.Answer ask(int there, String request) throws IOException {
    try (RawHttp client = new RawHttp(there)) {
      return client.send(request).read();
    }
  }

  @Test
  @Proves("--log_format")
  void eventsAreObjectsEachInALine() throws Exception {
    Models.copyTo(folder, Models.HALF_PLUS_TWO);
    Damage.GRAPH_GARBAGE.copy(Models.HALF_PLUS_TWO, 1, folder.resolve("broken"), 7);
    String config = TestServer.modelConfig(folder, "half_plus_two", "broken");
    String[] flags = {
      config,
      "--log_format=json",
      "--max_num_load_retries=0",
      "--version_completeness_check=false",
      "--max_inflight_bytes=20000"
    };
    try (ChildServer server = server(flags)) {
      server.awaitLine("\"server_ready\"");
      server.awaitLine("\"version_failed\"");
      checkStart(server);
      String body = "{\"instances\": [" + "1.0,".repeat(10_000) + "1.0]}";
      String request = RawHttp.post("/v1/models/half_plus_two:predict", body);
      assertThat(ask(restPort, request).status()).isEqualTo(413);
      server.awaitLine("\"requests_refused\"");
      Struct refused = events(server, "requests_refused").getFirst();
      assertThat(text(refused, "why")).isEqualTo("max_inflight_bytes");
      assertThat(number(refused, "count")).isPositive();
      server.process.destroy(); // SIGTERM
      assertThat(server.exitCode()).isZero();
      assertThat(number(only(server, "drain_begun"), "requests")).isZero();
      assertThat(only(server, "server_stopped").getFieldsOrThrow("clean").getBoolValue()).isTrue();
    }
  }

  private void checkStart(ChildServer server) throws IOException {
    assertThat(text(only(server, "server_starting"), "tensorflow")).startsWith("2.");
    assertThat(events(server, "port_open").stream().map(event -> text(event, "serves")))
        .containsExactlyInAnyOrder("grpc", "rest", "admin");
    Struct ready = only(server, "server_ready");
    assertThat(number(ready, "rest_port")).isEqualTo(restPort);
    assertThat(number(ready, "grpc_port")).isEqualTo(port);
    Struct loaded = only(server, "version_loaded");
    assertThat(text(loaded, "model")).isEqualTo("half_plus_two");
    assertThat(text(loaded, "level")).isEqualTo("info");
    assertThat(number(loaded, "version")).isPositive();
    assertThat(number(loaded, "bytes")).isPositive();
    assertThat(number(loaded, "ms")).isNotNegative();
    Struct failed = only(server, "version_failed");
    assertThat(text(failed, "model")).isEqualTo("broken");
    assertThat(text(failed, "level")).isEqualTo("error");
    assertThat(number(failed, "version")).isEqualTo(7);
    assertThat(text(failed, "error")).isNotEmpty();
    assertThat(text(failed, "code")).isNotEmpty();
    assertThat(events(server, "version_step")).isEmpty();
  }

  @Test
  @Proves("--log_level")
  void levelIsThatOfTheFlagUntilTheAdminPortChangesIt() throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    try (ChildServer server = server("--model_base_path=" + base, "--log_level=warning")) {
      awaitReady(server);
      assertThat(server.err()).isEmpty();
      assertThat(ask(adminPort, RawHttp.get("/logging")).text())
          .isEqualTo("{\n  \"level\": \"warning\",\n  \"libraries\": \"warning\"\n}\n");
      RawHttp.Answer changed =
          ask(adminPort, RawHttp.request("PUT", "/logging", "", "{\"level\": \"debug\"}"));
      assertThat(changed.text()).contains("\"level\": \"debug\"");
      assertThat(changed.status()).isEqualTo(200);
      server.process.destroy(); // SIGTERM
      assertThat(server.exitCode()).isZero();
      assertThat(server.err())
          .contains("I The log now has lines from debug on")
          .contains("I Stopping: running requests may end")
          .endsWith("I Stopped\n");
    }
  }

  private void awaitReady(ChildServer server) throws IOException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!isReady()) {
      assertThat(server.process.isAlive()).as("%s%n%s", server.out(), server.err()).isTrue();
      assertThat(System.nanoTime()).as("not ready: %s", server.err()).isLessThan(limit);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private boolean isReady() {
    try {
      return ask(adminPort, RawHttp.get("/readyz")).status() == 200;
    } catch (IOException notYetOpen) {
      return false;
    }
  }

  /** What TensorFlow writes is told in the same form, and can be had by asking for it. */
  @Test
  @EnabledOnOs(OS.LINUX) // elsewhere standard error is not taken over
  void linesOfTensorFlowAreEventsToo() throws Exception {
    Path base = Models.copyTo(folder, Models.HALF_PLUS_TWO);
    String[] flags = {"--model_base_path=" + base, "--log_format=json", "--log_level=debug"};
    try (ChildServer server = server(flags)) {
      server.awaitLine("\"server_ready\"");
      List<Struct> lines = events(server, "tensorflow");
      assertThat(lines).isNotEmpty();
      assertThat(lines)
          .allMatch(line -> text(line, "source").matches("\\S+\\.cc:[0-9]+|absl"))
          .anyMatch(line -> text(line, "level").equals("debug"));
    }
  }

  @Test
  void formatOrLevelThatIsNoneIsTheReasonNotToStart() throws Exception {
    try (ChildServer server = server("--model_base_path=/m", "--log_format=xml")) {
      assertThat(server.exitCode()).isEqualTo(255);
      assertThat(server.out())
          .isEqualTo(
              "Failed to start server. Error: INVALID_ARGUMENT: --log_format is xml, expected text"
                  + " or json\n");
    }
  }
}
