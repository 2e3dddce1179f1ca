package dev.sluice.server;

import dev.sluice.core.ServableState;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.server.config.CommandLine;
import dev.sluice.server.config.StartConfig;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server in this JVM on free loopback ports, with clients for both protocols. */
final class TestServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(TestServer.class.getName());

  private final ModelServer server;
  private final ManagedChannel channel;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  private TestServer(ModelServer server) {
    this.server = server;
    this.channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.grpcPort()))
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  /** Serves one model from a folder. */
  static TestServer of(String name, Path basePath, String... flags) throws Exception {
    List<String> all = new ArrayList<>();
    all.add("--model_name=" + name);
    all.add("--model_base_path=" + basePath);
    all.addAll(List.of(flags));
    return start(all.toArray(String[]::new));
  }

  /** Starts with these flags; ports are chosen here. */
  static TestServer start(String... flags) throws Exception {
    return startIn(Map.of(), flags);
  }

  /** The same where the environment has these variables. */
  static TestServer startIn(Map<String, String> environment, String... flags) throws Exception {
    StartConfig config = config(environment, flags);
    Listeners any = loopback();
    Path socket = Listeners.of(config.options()).grpcSocket();
    return new TestServer(
        ModelServer.start(config, new Listeners(any.grpc(), any.rest(), socket, any.admin())));
  }

  /** The same, with both protocols on one port. */
  static TestServer startOnOnePort(String... flags) throws Exception {
    Listeners any = loopback();
    return new TestServer(
        ModelServer.start(
            config(flags), new Listeners(any.grpc(), any.rest(), null, any.admin(), true)));
  }

  /** Without made-up requests, unless a flag says so: the runs of a test are those it makes. */
  static StartConfig config(String... given) {
    return config(Map.of(), given);
  }

  private static StartConfig config(Map<String, String> environment, String... given) {
    loadTensorFlow();
    List<String> flags = new ArrayList<>(List.of("--synthesize_warmup=false"));
    flags.addAll(List.of(given));
    CommandLine commandLine = new CommandLine("test", 2, new CommandLine.Versions("test", "test"));
    CommandLine.Outcome.Start start = (CommandLine.Outcome.Start) commandLine.parse(flags);
    return StartConfig.resolve(start.options(), null, environment, LOG);
  }

  /**
   * Writes a config file with a model per name, each with its base path below the folder.
   *
   * @return the flag that names the file
   */
  static String modelConfig(Path folder, String... names) throws IOException {
    StringBuilder text = new StringBuilder("model_config_list {\n");
    for (String name : names) {
      text.append(
          "config { name: '%1$s' base_path: '%2$s/%1$s' model_platform: 'tensorflow' }\n"
              .formatted(name, folder));
    }
    Path file = Files.writeString(folder.resolve("models.config"), text.append("}\n"));
    return "--model_config_file=" + file;
  }

  static Listeners loopback() {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return new Listeners(any, any, null, any);
  }

  static synchronized void loadTensorFlow() {
    TensorFlow.load(
        new TensorFlowLibraries(
                TensorFlowLibraries.cacheDirectory(System.getenv()), System.out::println)
            .directory());
  }

  /** Waits until so many versions of a model serve or have failed: the ports open when one does. */
  TestServer settled(String model, int versions) {
    for (int i = 0; i < 6000 && !isSettled(model, versions); i++) {
      LockSupport.parkNanos(10_000_000);
    }
    if (!isSettled(model, versions)) {
      throw new AssertionError("versions of " + model + ": " + states(model));
    }
    return this;
  }

  private boolean isSettled(String model, int versions) {
    return states(model).size() == versions
        && states(model).stream()
            .map(ServableState::stage)
            .allMatch(stage ->
                stage == ServableState.Stage.AVAILABLE || stage == ServableState.Stage.END);
  }

  private List<ServableState> states(String model) {
    return server.models().all().getOrDefault(model, List.of());
  }

  ModelServer server() {
    return server;
  }

  int adminPort() {
    return server.adminPort();
  }

  int restPort() {
    return server.restPort();
  }

  PredictionServiceGrpc.PredictionServiceBlockingStub predictions() {
    return PredictionServiceGrpc.newBlockingStub(channel);
  }

  PredictionServiceGrpc.PredictionServiceFutureStub predictionsAsync() {
    return PredictionServiceGrpc.newFutureStub(channel);
  }

  Channel channel() {
    return channel;
  }

  ModelServiceGrpc.ModelServiceBlockingStub models() {
    return ModelServiceGrpc.newBlockingStub(channel);
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.restPort() + path);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(
        request.timeout(Duration.ofSeconds(60)).build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow();
    server.close();
    http.close();
    if (!channel.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new AssertionError("the client's channel did not end");
    }
  }
}
