package dev.sluice.server;

import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.grpc.GrpcServer;
import dev.sluice.server.grpc.SharedPort;
import dev.sluice.server.rest.AdminServer;
import dev.sluice.server.rest.RestServer;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ports of a server: that for its operators, which is open from the beginning to the end, and
 * those of the two protocols, which are open while requests are answered.
 *
 * <p>Opened and closed by one thread after another.
 */
final class Ports implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  private final ServerOptions options;
  private final Transport transport;
  private final GrpcServer.Services services;
  private volatile @Nullable AdminServer admin;
  private volatile @Nullable GrpcServer grpc;
  private volatile @Nullable RestServer rest;

  Ports(ServerOptions options, Transport transport, GrpcServer.Services services) {
    this.options = options;
    this.transport = transport;
    this.services = services;
  }

  /**
   * Opens the port for operators.
   *
   * @param address null for none
   * @param batching what there is to tell of a model's runs
   * @throws StatusException INVALID_ARGUMENT if it cannot be bound
   */
  void openAdmin(
      @Nullable InetSocketAddress address, Function<ModelSelector, List<VersionRuns>> batching) {
    if (address == null) {
      return;
    }
    AdminServer opened = AdminServer.open(transport, batching, http(address));
    admin = opened;
    LOG.log(
        Level.INFO,
        "The admin port is open at {0}:{1}",
        address.getHostString(),
        String.valueOf(opened.port()));
  }

  private RestServer.Options http(InetSocketAddress address) {
    return new RestServer.Options(address, options.rest(), services.decoders(), services.budget());
  }

  /** Makes what answers gRPC, and REST if that is on the same port; nothing is open yet. */
  void prepare(Listeners listeners) {
    if (listeners.grpc() != null || listeners.grpcSocket() != null) {
      grpc =
          GrpcServer.prepare(
              transport,
              services,
              new GrpcServer.Options(
                  listeners.grpc(),
                  listeners.grpcSocket(),
                  options.serializationAsTensorContent(),
                  options.grpcChannelArguments(),
                  shared(listeners)));
    }
  }

  private @Nullable SharedPort shared(Listeners listeners) {
    InetSocketAddress address = listeners.rest();
    if (address == null || !listeners.onePort()) {
      return null;
    }
    RestServer beside = RestServer.withoutPort(services.inference(), http(address));
    rest = beside;
    return new SharedPort(beside::adopt, options.rest().receiveTimeout());
  }

  /**
   * Opens the ports of the protocols, once they are prepared.
   *
   * @throws StatusException INVALID_ARGUMENT if that of gRPC cannot be bound
   */
  void open(Listeners listeners) {
    GrpcServer prepared = grpc;
    if (prepared != null) {
      openGrpc(prepared, listeners);
    }
    InetSocketAddress restAddress = listeners.rest();
    if (listeners.onePort()) {
      tellRest();
    } else if (restAddress != null) {
      openRest(restAddress);
    }
  }

  private static void openGrpc(GrpcServer opened, Listeners listeners) {
    InetSocketAddress address = listeners.grpc();
    opened.open();
    if (address != null) {
      LOG.log(
          Level.INFO,
          "Running gRPC ModelServer at {0}:{1} ...",
          address.getHostString(),
          String.valueOf(opened.port()));
    }
    if (listeners.grpcSocket() != null) {
      LOG.log(
          Level.INFO, "Running gRPC ModelServer at UNIX socket " + listeners.grpcSocket() + " ...");
    }
  }

  /** As in TensorFlow Serving, gRPC goes on where the REST port cannot be had. */
  private void openRest(InetSocketAddress address) {
    try {
      rest = RestServer.open(transport, services.inference(), http(address));
      tellRest();
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Exception failure) { // Netty throws what bind threw, checked or not
      LOG.log(
          Level.ERROR,
          "Failed to start HTTP Server at localhost:" + address.getPort() + ": " + failure);
    }
  }

  private void tellRest() {
    LOG.log(Level.INFO, "Exporting HTTP/REST API at:localhost:{0} ...", String.valueOf(rest()));
  }

  /** That of operators; 0 if there is none. */
  int admin() {
    AdminServer server = admin;
    return server == null ? 0 : server.port();
  }

  /** That of gRPC; 0 if there is none. */
  int grpc() {
    GrpcServer server = grpc;
    return server == null ? 0 : server.port();
  }

  /** That of the REST API, which may be that of gRPC; 0 if there is none. */
  int rest() {
    RestServer server = rest;
    if (server == null) {
      return 0;
    }
    int own = server.port();
    return own == 0 ? grpc() : own;
  }

  /** Takes no new request, lets the running ones end within a time, and closes both protocols. */
  void drain(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    GrpcServer grpcServer = grpc;
    RestServer restServer = rest;
    if (restServer != null) {
      restServer.stopAccepting();
    }
    if (grpcServer != null) {
      grpcServer.stopAccepting();
    }
    try {
      boolean idle = restServer == null || restServer.awaitIdle(left(deadline));
      idle &= grpcServer == null || grpcServer.awaitIdle(left(deadline));
      if (!idle) {
        LOG.log(
            Level.WARNING,
            "Requests still ran {0} s after the stop began; they were cut off",
            String.valueOf(limit.toSeconds()));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    if (restServer != null) {
      restServer.close();
    }
    if (grpcServer != null) {
      grpcServer.close();
    }
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  /** Closes the port for operators, the last one that is open. */
  @Override
  public void close() {
    AdminServer server = admin;
    if (server != null) {
      server.close();
    }
  }
}
