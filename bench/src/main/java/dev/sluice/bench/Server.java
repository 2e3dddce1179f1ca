package dev.sluice.bench;

import dev.sluice.load.LoadTarget;
import dev.sluice.testkit.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A server that is measured, in a process of its own on free ports of the loopback address.
 *
 * @param restPort 0 if it has none
 * @param grpcPort 0 if it has none
 */
record Server(ChildProcess process, int restPort, int grpcPort) implements Servers.Started {

  private static final Duration TO_START = Duration.ofMinutes(2);
  private static final String LISTENING = "listening on 127.0.0.1:";
  private static final String PREDICT = "tensorflow.serving.PredictionService/Predict";

  /** The echo servers of {@code bench/rival}, by the names of their classes. */
  enum Echo {
    HTTP("HttpEcho"),
    GRPC("GrpcEcho");

    private final String type;

    Echo(String type) {
      this.type = type;
    }
  }

  /**
   * Sluice as a user starts it, by the launcher.
   *
   * @param name of the log file
   * @param flags further ones
   */
  static Server sluice(Workshop workshop, String name, List<String> flags)
      throws IOException, InterruptedException {
    int rest = FreePort.next();
    int grpc = FreePort.next();
    List<String> command = new ArrayList<>(sluiceCommand(workshop.home(), rest, grpc));
    command.addAll(flags);
    return started(
        ChildProcess.start(command, workshop.logs().resolve(name + ".log")), "Ready.", rest, grpc);
  }

  /** What starts Sluice on these ports. */
  static List<String> sluiceCommand(Path home, int restPort, int grpcPort) {
    List<String> command = new ArrayList<>(List.of(home.resolve("sluice").toString(), "serve"));
    command.addAll(listening(restPort, grpcPort));
    return command;
  }

  private static List<String> listening(int restPort, int grpcPort) {
    return List.of("--bind_address=127.0.0.1", "--port=" + grpcPort, "--rest_api_port=" + restPort);
  }

  /**
   * Two of Sluice in one process.
   *
   * @param name of the log file
   * @param first further flags of the first
   * @param second those of the second
   * @see TwoServers
   */
  static List<Server> twoOfSluice(
      Workshop workshop, String name, List<String> first, List<String> second)
      throws IOException, InterruptedException {
    int[] ports = {FreePort.next(), FreePort.next(), FreePort.next(), FreePort.next()};
    List<String> command = new ArrayList<>(Workshop.java(TwoServers.class));
    command.addAll(listening(ports[0], ports[1]));
    command.addAll(first);
    command.add(TwoServers.AND);
    command.addAll(listening(ports[2], ports[3]));
    command.addAll(second);
    Server one =
        started(
            ChildProcess.start(command, workshop.logs().resolve(name + ".log")),
            TwoServers.READY,
            ports[0],
            ports[1]);
    return List.of(one, new Server(one.process(), ports[2], ports[3]));
  }

  /** Flags that let it serve one model. */
  static List<String> serving(String model, Path basePath) {
    return List.of("--model_name=" + model, "--model_base_path=" + basePath);
  }

  /** Flags that let it serve several, by a config file that is written for it. */
  static List<String> serving(Map<String, Path> basePaths, Path configFile) throws IOException {
    StringBuilder text = new StringBuilder("model_config_list {\n");
    basePaths.forEach((model, path) ->
        text.append(
            "  config { name: \"%s\" base_path: \"%s\" model_platform: \"tensorflow\" }\n"
                .formatted(model, path)));
    Files.writeString(configFile, text.append("}\n"));
    return List.of("--model_config_file=" + configFile);
  }

  /** A rival. */
  static Server echo(Workshop workshop, Echo kind) throws IOException, InterruptedException {
    Path target = workshop.home().resolve("bench/rival/target");
    List<String> command =
        new ArrayList<>(
            Workshop.java(
                target.resolve("classes") + File.pathSeparator + target.resolve("lib") + "/*",
                "dev.sluice.bench.rival." + kind.type));
    command.add("--port=0");
    Server server =
        started(
            ChildProcess.start(command, workshop.logs().resolve(kind.type + ".log")),
            LISTENING,
            0,
            0);
    String printed = server.process().printed();
    int begin = printed.indexOf(LISTENING) + LISTENING.length();
    int port = Integer.parseInt(printed.substring(begin).strip());
    return new Server(server.process(), kind == Echo.HTTP ? port : 0, kind == Echo.GRPC ? port : 0);
  }

  private static Server started(ChildProcess process, String word, int rest, int grpc)
      throws IOException, InterruptedException {
    try {
      process.awaitPrinted(word, TO_START);
      return new Server(process, rest, grpc);
    } catch (Throwable failure) {
      process.close();
      throw failure;
    }
  }

  /** Predict over REST. */
  LoadTarget rest(String model) {
    return LoadTarget.rest(address(restPort), "/v1/models/" + model + ":predict");
  }

  /** Predict over gRPC; the request names the model. */
  LoadTarget grpc() {
    return LoadTarget.grpc(address(grpcPort), PREDICT);
  }

  static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public void close() {
    process.close();
  }
}
