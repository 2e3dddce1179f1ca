package dev.sluice.server.grpc;

import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.Inference;
import dev.sluice.server.ModelReload;
import dev.sluice.server.Tls;
import dev.sluice.server.Transport;
import dev.sluice.server.log.AccessLog;
import dev.sluice.server.trace.Traces;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The listeners of the gRPC services: a TCP port, a UNIX socket, or both. */
public final class GrpcServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(GrpcServer.class.getName());

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one; null for no port
   * @param socket the UNIX socket to listen on; null for none
   * @param asTensorContent whether Predict answers with {@code tensor_content}
   * @param channelArguments settings of the transport, by their names in gRPC's C library
   * @param door how connections begin where TLS is spoken; null for clear text
   * @param shared who else is at home on the port; null for nobody
   */
  public record Options(
      @Nullable InetSocketAddress address,
      @Nullable Path socket,
      boolean asTensorContent,
      Map<String, String> channelArguments,
      Tls.@Nullable Door door,
      @Nullable SharedPort shared) {}

  /**
   * What answers.
   *
   * @param decoders runs the decoding of large messages, which would hold an event loop
   * @param budget what all requests together may hold
   * @param access is told of each request; null for nobody
   */
  public record Services(
      Inference inference,
      ModelReload reload,
      Decoders decoders,
      Health health,
      InFlightBytes budget,
      @Nullable AccessLog access) {}

  private final Services services;
  private final Options options;
  private final StandingCalls standing = new StandingCalls();
  private final List<Server> servers = new ArrayList<>();
  private List<String> warnings = List.of();
  private @Nullable Server tcp;
  private @Nullable Server local;
  private @Nullable SocketFile socketFile;

  private GrpcServer(Services services, Options options) {
    this.services = services;
    this.options = options;
  }

  /** Makes all there is to make before it is known whether the ports will be opened. */
  public static GrpcServer prepare(Transport transport, Services services, Options options) {
    GrpcServer server = new GrpcServer(services, options);
    server.build(transport);
    return server;
  }

  private void build(Transport transport) {
    List<ServerServiceDefinition> definitions = definitions();
    InetSocketAddress address = options.address();
    if (address != null) {
      NettyServerBuilder builder =
          builder(address, transport, definitions).channelType(transport.channel());
      SharedPort shared = options.shared();
      if (shared != null) {
        builder
            .protocolNegotiator(
                guarded(new FirstBytes.Negotiator(new Admission.Negotiator(), shared)))
            .withOption(ChannelOption.SO_BACKLOG, Transport.BACKLOG);
      }
      warnings = ChannelArgument.apply(options.channelArguments(), builder);
      tcp = builder.build();
    }
    Path path = options.socket();
    if (path != null) {
      NettyServerBuilder builder =
          builder(transport.localAddress(path), transport, definitions)
              .channelType(transport.localChannel());
      warnings = ChannelArgument.apply(options.channelArguments(), builder);
      local = builder.build();
    }
  }

  /**
   * Opens the port and the socket.
   *
   * @throws StatusException INVALID_ARGUMENT with the text of TensorFlow Serving if one cannot be
   *     bound; then nothing stays open
   */
  public void open() {
    try {
      Server onPort = tcp;
      if (onPort != null) {
        start(onPort, String.valueOf(options.address()));
      }
      Server onSocket = local;
      Path path = options.socket();
      if (onSocket != null && path != null) {
        SocketFile file = SocketFile.prepare(path);
        start(onSocket, "UNIX socket " + path);
        socketFile = file;
      }
    } catch (Throwable failure) {
      close();
      throw failure;
    }
    warnings.forEach(line -> LOG.log(Level.WARNING, line));
  }

  @SuppressWarnings("deprecation") // reflection v1alpha, which is all that older clients speak
  private List<ServerServiceDefinition> definitions() {
    boolean compresses = ChannelArgument.compressesAnswers(options.channelArguments());
    AdmittedCalls admitted = new AdmittedCalls(services.budget());
    return List.of(
        traced(
            ServerInterceptors.intercept(
                new PredictionService(services, options.asTensorContent()).definition(),
                new Compression(compresses))),
        traced(
            ServerInterceptors.intercept(
                ReadableMessages.of(
                    new ModelService(services.inference().models(), services.reload())),
                admitted)),
        standing(services.health().service(), admitted),
        standing(ProtoReflectionServiceV1.newInstance(), admitted),
        standing(ProtoReflectionService.newInstance(), admitted));
  }

  /** The same, with its calls traced where anything is. */
  private ServerServiceDefinition traced(ServerServiceDefinition service) {
    Traces traces = services.inference().traces();
    return traces == null
        ? service
        : ServerInterceptors.intercept(service, new TracedCalls(traces));
  }

  /** A service whose calls may last until the stop ends them. */
  private ServerServiceDefinition standing(BindableService service, AdmittedCalls admitted) {
    return ServerInterceptors.intercept(ReadableMessages.of(service), standing, admitted);
  }

  private NettyServerBuilder builder(
      SocketAddress address, Transport transport, List<ServerServiceDefinition> definitions) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .bossEventLoopGroup(transport.acceptors())
            .workerEventLoopGroup(transport.workers())
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .decompressorRegistry(Compression.ENCODINGS)
            .protocolNegotiator(guarded(new Admission.Negotiator()))
            .addServices(definitions);
    AccessLog access = services.access();
    return access == null ? builder : builder.addStreamTracerFactory(LoggedCall.into(access));
  }

  private InternalProtocolNegotiator.ProtocolNegotiator guarded(
      InternalProtocolNegotiator.ProtocolNegotiator clearText) {
    Tls.Door door = options.door();
    return door == null ? clearText : new Guarded(clearText, door);
  }

  private void start(Server server, String where) {
    try {
      var _ = server.start();
      servers.add(server);
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "Failed to BuildAndStart gRPC server: cannot listen on "
              + where
              + " ("
              + rootMessage(failure)
              + ")",
          failure);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /** The TCP port that was bound; 0 if there is none. */
  public int port() {
    Server server = tcp;
    return server == null ? 0 : Math.max(0, server.getPort());
  }

  /** Says by the health service that nothing is served, and takes no further connection or call. */
  public void stopAccepting() {
    services.health().stopping();
    servers.forEach(Server::shutdown);
    standing.end();
  }

  /**
   * Waits until every connection has ended. False if that takes longer because of calls; clients
   * that do nothing, not even close their connections, do not count.
   */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean idle = true;
    for (Server server : servers) {
      idle &= server.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    return idle || services.budget().used() == 0;
  }

  /** Closes port, socket and every connection. */
  @Override
  public void close() {
    servers.forEach(Server::shutdownNow);
    SocketFile file = socketFile;
    if (file != null) {
      file.close();
    }
  }
}
