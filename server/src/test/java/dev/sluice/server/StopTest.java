package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals that end the command, as a process: what becomes of requests, and the exit status. */
class StopTest {

  private static final String GATE = "/v1/models/gate:predict";
  private static final String HOLD = "{\"signature_name\": \"hold\", \"inputs\": 1}";
  private static final String RELEASE = "{\"signature_name\": \"release\", \"inputs\": 1}";

  @TempDir private Path folder;

  private int restPort;
  private int adminPort;

  /** Serves the model whose runs last until they are released. */
  private ChildServer serve(String... flags) throws Exception {
    Path base = Models.copyTo(folder, Models.GATE);
    restPort = FreePort.next();
    adminPort = FreePort.next();
    String[] all = new String[flags.length + 6];
    System.arraycopy(flags, 0, all, 6, flags.length);
    all[0] = "--model_name=gate";
    all[1] = "--model_base_path=" + base;
    all[2] = "--port=" + FreePort.next();
    all[3] = "--rest_api_port=" + restPort;
    all[4] = "--admin_port=" + adminPort;
    all[5] = "--bind_address=127.0.0.1";
    ChildServer server = new ChildServer(folder, all);
    server.awaitLine("Ready. Serving gate version 1");
    return server;
  }

  private RawHttp hold() throws Exception {
    RawHttp held = new RawHttp(restPort).send(RawHttp.post(GATE, HOLD));
    try (RawHttp admin = new RawHttp(adminPort)) {
      for (int i = 0; i < 3000; i++) { // half a minute, against hanging
        String page = admin.send(RawHttp.get("/v1/models/gate/batching")).read().text();
        if (page.contains("\"running\": 1")) {
          return held;
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
    throw new AssertionError("the request does not run");
  }

  private static void signal(String name, Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static String line(String text) {
    return text + "\n";
  }

  @Test
  void requestThatRunsIsAnsweredAndTheStatusIsZero() throws Exception {
    try (ChildServer server = serve();
        RawHttp release = new RawHttp(restPort);
        RawHttp held = hold()) {
      String request = RawHttp.request("POST", GATE, "Expect: 100-continue\r\n", RELEASE);
      int head = request.length() - RELEASE.length();
      assertThat(release.send(request.substring(0, head)).read().status()).isEqualTo(100);
      server.process.destroy(); // SIGTERM
      server.awaitLine("Stopping: running requests may end");
      awaitUnready();
      assertThat(connectsTo(restPort)).isFalse();
      RawHttp.Answer last = release.send(RELEASE).read();
      assertThat(last.status()).isEqualTo(200);
      assertThat(last.header("connection")).isEqualTo("close");
      RawHttp.Answer answer = held.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(server.exitCode()).isZero();
      assertThat(server.err()).endsWith(line("Stopped"));
    }
  }

  private void awaitUnready() throws Exception {
    try (RawHttp admin = new RawHttp(adminPort)) {
      RawHttp.Answer answer = admin.send(RawHttp.get("/readyz")).read();
      for (int i = 0; i < 3000 && connectsTo(restPort); i++) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text()).contains("\"the server is stopping\"");
      assertThat(admin.send(RawHttp.get("/healthz")).read().status()).isEqualTo(200);
    }
  }

  private static boolean connectsTo(int port) throws IOException {
    try (RawHttp _ = new RawHttp(port)) {
      return true;
    } catch (ConnectException refused) {
      return false;
    }
  }

  @Test
  void requestThatOutlastsTheDrainIsCutOffAndTheStatusSaysSo() throws Exception {
    try (ChildServer server = serve("--drain_timeout_seconds=1");
        RawHttp held = hold()) {
      signal("TERM", server.process);
      assertThat(server.exitCode()).isEqualTo(ServerProcess.CUT_OFF);
      assertThat(server.err())
          .contains("Requests still ran after 1 s, which --drain_timeout_seconds allows");
      assertThat(held.atEnd()).isTrue();
    }
  }

  @Test
  void secondSignalEndsTheProcessAtOnce() throws Exception {
    try (ChildServer server = serve("--drain_timeout_seconds=600");
        RawHttp held = hold()) {
      signal("TERM", server.process);
      server.awaitLine("Stopping: running requests may end");
      signal("TERM", server.process);
      assertThat(server.exitCode()).isEqualTo(128 + 15);
      assertThat(server.err()).contains("Ended by a second signal, SIGTERM,");
      assertThat(held.atEnd()).isTrue();
    }
  }

  @Test
  void interruptOfAnIdleServerIsAStopLikeAnyOther() throws Exception {
    try (ChildServer server = serve()) {
      signal("INT", server.process);
      assertThat(server.exitCode()).isZero();
      assertThat(server.err()).endsWith(line("Stopped"));
    }
  }

  @Test
  void unreadyServerTakesRequestsForTheDelay() throws Exception {
    try (ChildServer server = serve("--drain_delay_seconds=600")) {
      signal("TERM", server.process);
      server.awaitLine("Not ready from now on; requests are taken for 600 s more");
      try (RawHttp admin = new RawHttp(adminPort);
          RawHttp client = new RawHttp(restPort)) {
        assertThat(admin.send(RawHttp.get("/readyz")).read().status()).isEqualTo(503);
        RawHttp.Answer answer = client.send(RawHttp.post(GATE, RELEASE)).read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("connection")).isEqualTo("close");
      }
      try (RawHttp client = new RawHttp(restPort)) {
        assertThat(client.send(RawHttp.get("/readyz")).read().status()).isEqualTo(503);
      }
      assertThat(server.process.waitFor(10, TimeUnit.MILLISECONDS)).isFalse();
      signal("INT", server.process);
      assertThat(server.exitCode()).isEqualTo(128 + 2);
    }
  }
}
