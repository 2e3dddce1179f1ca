package dev.sluice.cli;

import dev.sluice.core.ServableState;
import dev.sluice.server.Listeners;
import dev.sluice.server.ModelServer;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.StartConfig;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A server in this JVM on free loopback ports. */
final class LocalServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(LocalServer.class.getName());

  private final ModelServer server;

  private LocalServer(ModelServer server) {
    this.server = server;
  }

  /** Serves one model from a base path. */
  static LocalServer of(String name, Path basePath) throws Exception {
    return start("--model_name=" + name, "--model_base_path=" + basePath);
  }

  static LocalServer start(String... flags) throws Exception {
    loadTensorFlow();
    CommandLine commandLine = new CommandLine("test", 2, new CommandLine.Versions("test", "test"));
    CommandLine.Outcome.Start start = (CommandLine.Outcome.Start) commandLine.parse(List.of(flags));
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ModelServer server =
        ModelServer.start(StartConfig.resolve(start.options(), LOG), new Listeners(any, any));
    awaitLoads(server);
    return new LocalServer(server);
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

  int restPort() {
    return server.restPort();
  }

  int grpcPort() {
    return server.grpcPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
