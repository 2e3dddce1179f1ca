package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Codec;
import io.grpc.ConnectivityState;
import io.grpc.DecompressorRegistry;
import io.grpc.ForwardingClientCall;
import io.grpc.ForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How gRPC comes in: UNIX sockets, compression, settings of the transport. */
class GrpcTransportTest {

  @TempDir private Path folder;
  private Path base;

  @BeforeEach
  void copyModel() {
    base = Models.copyTo(folder.resolve("models"), Models.HALF_PLUS_TWO);
  }

  private TestServer serve(String... flags) throws Exception {
    return TestServer.of("half_plus_two", base, flags);
  }

  private static PredictRequest request(int elements) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("half_plus_two"))
        .putInputs(
            "x",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(
                    TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(elements)))
                .addFloatVal(2)
                .build())
        .build();
  }

  private static void assertAnswers(Channel channel) {
    PredictResponse response = PredictionServiceGrpc.newBlockingStub(channel).predict(request(1));
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(4f);
  }

  private static void assertAnswersAt(Path socket) throws Exception {
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .eventLoopGroup(loop)
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .usePlaintext()
            .build();
    try {
      assertAnswers(channel);
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  @Spec({"P19", "PR-6"})
  @Proves("--grpc_socket_path")
  void unixSocketAnswersBesideThePortAndIsGoneAfterTheStop() throws Exception {
    Path socket = folder.resolve("grpc.sock");
    try (TestServer server = serve("--grpc_socket_path=" + socket)) {
      assertAnswersAt(socket);
      assertAnswers(server.channel());
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void unixSocketIsEnough() throws Exception {
    Path socket = folder.resolve("grpc.sock");
    try (ModelServer server =
        ModelServer.start(
            TestServer.config("--model_name=half_plus_two", "--model_base_path=" + base),
            new Listeners(null, null, socket))) {
      assertAnswersAt(socket);
      assertThat(server.grpcPort()).isZero();
    }
  }

  @Test
  void socketThatAKilledProcessLeftIsReplaced() throws Exception {
    Path socket = folder.resolve("grpc.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket)); // closing leaves the file
    }
    assertThat(socket).exists();
    try (TestServer _ = serve("--grpc_socket_path=" + socket)) {
      assertAnswersAt(socket);
    }
  }

  @Test
  void socketThatIsInUseIsLeftAlone() throws Exception {
    Path socket = folder.resolve("grpc.sock");
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      assertThatThrownBy(() -> serve("--grpc_socket_path=" + socket))
          .hasMessage(
              "Failed to BuildAndStart gRPC server: cannot listen on UNIX socket "
                  + socket
                  + " (another process listens there)");
      assertThat(socket).exists();
    }
  }

  @Test
  void fileThatIsNoSocketIsLeftAlone() throws Exception {
    Path file = Files.writeString(folder.resolve("grpc.sock"), "precious");
    assertThatThrownBy(() -> serve("--grpc_socket_path=" + file))
        .hasMessageContaining("(there is a file that is no socket)");
    assertThat(file).hasContent("precious");
  }

  @Test
  void socketInNoFolderFailsTheStart() {
    assertThatThrownBy(() -> serve("--grpc_socket_path=" + folder.resolve("none/grpc.sock")))
        .hasMessageStartingWith("Failed to BuildAndStart gRPC server: cannot listen on UNIX");
  }

  @Test
  @Spec({"V05", "PR-4"})
  void channelArgumentsAreTakenAndUnknownOnesDoNotStopTheStart() throws Exception {
    try (TestServer server =
        serve(
            "--grpc_channel_arguments=grpc.max_connection_age_ms=200,"
                + "grpc.max_connection_age_grace_ms=100,grpc.lb_policy_name=grpclb,"
                + "grpc.max_connection_idle_ms=soon")) {
      assertAnswers(server.channel());
      CountDownLatch ended = new CountDownLatch(1);
      ManagedChannel channel = (ManagedChannel) server.channel();
      channel.notifyWhenStateChanged(ConnectivityState.READY, ended::countDown);
      assertThat(ended.await(60, TimeUnit.SECONDS)).as("the server ended it").isTrue();
      assertAnswers(server.channel());
    }
  }

  @Test
  @Proves("--grpc_channel_arguments")
  void messageAboveTheLengthInTheChannelArgumentsIsRefused() throws Exception {
    try (TestServer server =
        serve("--grpc_channel_arguments=grpc.max_receive_message_length=1000")) {
      assertAnswers(server.channel());
      PredictRequest large = request(1).toBuilder().addOutputFilter("y".repeat(2000)).build();
      assertThatThrownBy(() -> server.predictions().predict(large))
          .hasMessageContaining("RESOURCE_EXHAUSTED");
    }
  }

  @Test
  void answerIsCompressedWhereTheRequestWas() throws Exception {
    try (TestServer server = serve()) {
      assertThat(encodingOfAnswer(server.channel(), "gzip")).isEqualTo("gzip");
      assertThat(encodingOfAnswer(server.channel(), "identity")).isNotEqualTo("gzip");
    }
  }

  @Test
  void everyAnswerIsCompressedWhereTheChannelArgumentsSaySo() throws Exception {
    try (TestServer server =
        serve("--grpc_channel_arguments=grpc.default_compression_algorithm=2")) {
      assertThat(encodingOfAnswer(server.channel(), "identity")).isEqualTo("gzip");
      ManagedChannel plain =
          NettyChannelBuilder.forAddress("127.0.0.1", server.server().grpcPort())
              .usePlaintext()
              .decompressorRegistry(
                  DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false))
              .build();
      assertThat(encodingOfAnswer(plain, "identity")).isNotEqualTo("gzip");
      plain.shutdownNow();
    }
  }

  private static String encodingOfAnswer(Channel channel, String ofRequest) {
    AtomicReference<String> encoding = new AtomicReference<>();
    ClientInterceptor spy =
        new ClientInterceptor() {
          @Override
          public <Q, S> ClientCall<Q, S> interceptCall(
              MethodDescriptor<Q, S> method, CallOptions options, Channel next) {
            return new ForwardingClientCall.SimpleForwardingClientCall<>(
                next.newCall(method, options)) {
              @Override
              public void start(Listener<S> listener, Metadata headers) {
                super.start(
                    new ForwardingClientCallListener.SimpleForwardingClientCallListener<>(
                        listener) {
                      @Override
                      public void onHeaders(Metadata received) {
                        encoding.set(
                            received.get(
                                Metadata.Key.of(
                                    "grpc-encoding", Metadata.ASCII_STRING_MARSHALLER)));
                        super.onHeaders(received);
                      }
                    },
                    headers);
              }
            };
          }
        };
    PredictResponse response =
        PredictionServiceGrpc.newBlockingStub(channel)
            .withInterceptors(spy)
            .withCompression(ofRequest)
            .predict(request(1000));
    assertThat(response.getOutputsOrThrow("y").getFloatValCount()).isEqualTo(1000);
    return encoding.get();
  }
}
