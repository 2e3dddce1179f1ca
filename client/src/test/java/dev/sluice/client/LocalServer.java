package dev.sluice.client;

import dev.sluice.core.ServableState;
import dev.sluice.server.Listeners;
import dev.sluice.server.ModelServer;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.StartConfig;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import dev.sluice.testkit.Models;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A server in this JVM on a free loopback port and a UNIX socket. */
final class LocalServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(LocalServer.class.getName());

  private final ModelServer server;
  private final Path socket;

  private LocalServer(ModelServer server, Path socket) {
    this.server = server;
    this.socket = socket;
  }

  /** Copies models of the testkit below the folder and writes the config file that names them. */
  static String models(Path folder, String... names) throws Exception {
    StringBuilder config = new StringBuilder("model_config_list {");
    for (String name : names) {
      Models.copyTo(folder, name);
      config.append(
          " config { name: '%1$s' base_path: '%2$s/%1$s' model_platform: 'tensorflow'"
              .formatted(name, folder));
      if (name.equals(Models.HALF_PLUS_TWO)) {
        config.append(
            " model_version_policy { all {} } version_labels { key: 'stable' value: 1 }"
                + " version_labels { key: 'canary' value: 2 }");
      }
      config.append(" }");
    }
    Path file = Files.writeString(folder.resolve("models.config"), config.append(" }"));
    return "--model_config_file=" + file;
  }

  static LocalServer start(Path folder, String... flags) throws Exception {
    loadTensorFlow();
    CommandLine commandLine = new CommandLine("test", 2, new CommandLine.Versions("test", "test"));
    CommandLine.Outcome.Start start = (CommandLine.Outcome.Start) commandLine.parse(List.of(flags));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Path socket = folder.resolve("grpc.sock");
    ModelServer server =
        ModelServer.start(
            StartConfig.resolve(start.options(), LOG), new Listeners(any, null, socket));
    awaitLoads(server);
    return new LocalServer(server, socket);
  }

  /** A start waits for one version of each model only. */
  private static void awaitLoads(ModelServer server) {
    for (int i = 0; i < 6000 && isLoading(server); i++) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static boolean isLoading(ModelServer server) {
    return server.models().all().values().stream()
        .flatMap(List::stream)
        .map(ServableState::stage)
        .anyMatch(
            stage -> stage == ServableState.Stage.START || stage == ServableState.Stage.LOADING);
  }

  private static synchronized void loadTensorFlow() {
    TensorFlow.load(
        new TensorFlowLibraries(
                TensorFlowLibraries.cacheDirectory(System.getenv()), System.out::println)
            .directory());
  }

  String target() {
    return "127.0.0.1:" + server.grpcPort();
  }

  String socketTarget() {
    return "unix:" + socket;
  }

  @Override
  public void close() {
    server.close();
  }
}
