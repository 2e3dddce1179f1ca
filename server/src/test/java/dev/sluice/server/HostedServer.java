package dev.sluice.server;

import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.Hosting;
import dev.sluice.server.config.StartConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** A server in this JVM that believes to be on a platform, asked at the platform's port. */
final class HostedServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(HostedServer.class.getName());

  private final ModelServer server;

  private HostedServer(ModelServer server) {
    this.server = server;
  }

  /** Starts with these variables and flags on free ports. */
  static HostedServer start(Map<String, String> environment, String... flags) throws Exception {
    return new HostedServer(start(environment, 0, EngineStart.DONE, flags));
  }

  /** The same on a port for the platform, with TensorFlow to be waited for. */
  static ModelServer start(
      Map<String, String> environment, int port, EngineStart engine, String... flags)
      throws InterruptedException {
    TestServer.loadTensorFlow();
    Hosting hosting = Hosting.of(environment, List.of());
    CommandLine line = new CommandLine("test", 2, new CommandLine.Versions("test", "test"));
    CommandLine.Outcome.Start start =
        (CommandLine.Outcome.Start) line.parse(Hosting.arguments(hosting, List.of(flags)));
    InetAddress here = InetAddress.getLoopbackAddress();
    InetSocketAddress any = new InetSocketAddress(here, 0);
    return ModelServer.start(
        StartConfig.resolve(start.options(), hosting, LOG),
        new Listeners(any, any).withHost(new InetSocketAddress(here, port)),
        engine);
  }

  ModelServer server() {
    return server;
  }

  RawHttp.Answer get(String path) throws IOException {
    return ask(server.hostPort(), RawHttp.get(path));
  }

  /** Posts JSON. */
  RawHttp.Answer post(String path, String body) throws IOException {
    return request("POST", path, "Content-Type: application/json\r\n", body);
  }

  /**
   * Sends a request.
   *
   * @param headers each ended by CR LF
   */
  RawHttp.Answer request(String method, String path, String headers, String body)
      throws IOException {
    return ask(server.hostPort(), RawHttp.request(method, path, headers, body));
  }

  static RawHttp.Answer ask(int port, String request) throws IOException {
    try (RawHttp connection = new RawHttp(port)) {
      return connection.send(request).read();
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
