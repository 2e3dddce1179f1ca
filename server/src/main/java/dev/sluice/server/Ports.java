package dev.sluice.server;

import dev.sluice.server.config.Hosting;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.grpc.GrpcServer;
import dev.sluice.server.grpc.SharedPort;
import dev.sluice.server.log.LogEvent;
import dev.sluice.server.metrics.MetricsPages;
import dev.sluice.server.rest.AdminServer;
import dev.sluice.server.rest.HostServer;
import dev.sluice.server.rest.RestServer;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ports of a server: that for its operators, which is open from the beginning to the end, that
 * for a platform, which opens as early, and those of the two protocols, which are open while
 * requests are answered.
 *
 * <p>Opened and closed by one thread after another.
 */
final class Ports implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  private final ServerOptions options;
  private final Transport transport;
  private final GrpcServer.Services services;
  private final Readiness readiness;
  private final MetricsPages scrapes;
  private final @Nullable TlsFile tls;
  private volatile @Nullable AdminServer admin;
  private volatile @Nullable GrpcServer grpc;
  private volatile @Nullable RestServer rest;
  private volatile @Nullable HostServer host;

  /**
   * Opens nothing yet.
   *
   * @throws StatusException if TLS can't be spoken as the options say
   */
  Ports(
      ServerOptions options,
      Transport transport,
      GrpcServer.Services services,
      Readiness readiness,
      MetricsPages scrapes) {
    this.options = options;
    this.transport = transport;
    this.services = services;
    this.readiness = readiness;
    this.scrapes = scrapes;
    this.tls = options.sslConfigFile().isEmpty() ? null : TlsFile.watch(options.sslConfigFile());
  }

  /**
   * Opens the port for operators; nothing is logged, since TensorFlow may be on its way.
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
    admin = AdminServer.open(transport, readiness, batching, http(address, null));
  }

  /**
   * Opens the port for a platform, which says that it is not ready; nothing is logged either.
   *
   * @param address null for none
   * @param hosting null for none
   * @throws StatusException INVALID_ARGUMENT if it cannot be bound
   */
  void openHost(@Nullable InetSocketAddress address, @Nullable Hosting hosting) {
    if (address != null && hosting != null) {
      host =
          HostServer.open(
              transport,
              hosting,
              new HostServer.Services(services.inference(), services.reload(), readiness),
              http(address, null));
    }
  }

  /** Says on the log where a platform is answered, if one is. */
  void logHost(@Nullable Hosting hosting) {
    if (hosting != null && host() != 0) {
      String model = hosting.defaultModel();
      String end = model.isEmpty() ? "" : "; the default model is " + model;
      opened("Answering " + hosting.platform() + " on port " + host() + end, "platform")
          .with("port", host())
          .log(LOG, Level.INFO);
    }
  }

  /** Says on the log where operators are answered, if they are. */
  void logAdmin(@Nullable InetSocketAddress address) {
    if (address != null) {
      String host = address.getHostString();
      opened("The admin port is open at " + host + ":" + admin(), "admin")
          .with("address", host)
          .with("port", admin())
          .log(LOG, Level.INFO);
    }
  }

  private RestServer.Options http(InetSocketAddress address, Tls.@Nullable Door door) {
    return new RestServer.Options(
        address,
        options.rest(),
        services.decoders(),
        services.budget(),
        scrapes,
        door,
        services.access());
  }

  /** How connections of REST begin; null for clear text. */
  private Tls.@Nullable Door restDoor() {
    Boolean wanted = options.restApiTls();
    if (tls == null || Boolean.FALSE.equals(wanted)) {
      return null;
    }
    return tls.tls().door(Tls.Speaks.REST, wanted == null);
  }

  private Tls.@Nullable Door grpcDoor(boolean onePort) {
    Tls.Speaks speaks = onePort ? Tls.Speaks.BOTH : Tls.Speaks.GRPC;
    return tls == null ? null : tls.tls().door(speaks, false);
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
                  grpcDoor(listeners.onePort()),
                  shared(listeners)));
    }
  }

  private @Nullable SharedPort shared(Listeners listeners) {
    InetSocketAddress address = listeners.rest();
    if (address == null || !listeners.onePort()) {
      return null;
    }
    RestServer beside =
        RestServer.withoutPort(transport, services.inference(), readiness, http(address, null));
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
      String host = address.getHostString();
      opened("Running gRPC ModelServer at " + host + ":" + opened.port() + " ...", "grpc")
          .with("address", host)
          .with("port", opened.port())
          .log(LOG, Level.INFO);
    }
    Path socket = listeners.grpcSocket();
    if (socket != null) {
      opened("Running gRPC ModelServer at UNIX socket " + socket + " ...", "grpc")
          .with("socket", socket)
          .log(LOG, Level.INFO);
    }
  }

  /** As in TensorFlow Serving, gRPC goes on where the REST port cannot be had. */
  private void openRest(InetSocketAddress address) {
    try {
      rest = RestServer.open(transport, services.inference(), readiness, http(address, restDoor()));
      tellRest();
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Exception failure) { // Netty throws what bind threw, checked or not
      LogEvent.of(
              "port_failed",
              "Failed to start HTTP Server at localhost:" + address.getPort() + ": " + failure)
          .with("serves", "rest")
          .with("port", address.getPort())
          .with("error", failure.toString())
          .log(LOG, Level.ERROR);
    }
  }

  private void tellRest() {
    opened("Exporting HTTP/REST API at:localhost:" + rest() + " ...", "rest")
        .with("port", rest())
        .log(LOG, Level.INFO);
  }

  /**
   * A port is open.
   *
   * @param serves what is answered there
   */
  private static LogEvent opened(String message, String serves) {
    return LogEvent.of("port_open", message).with("serves", serves);
  }

  /** That of operators; 0 if there is none. */
  int admin() {
    AdminServer server = admin;
    return server == null ? 0 : server.port();
  }

  /** That for a platform; 0 if there is none. */
  int host() {
    HostServer server = host;
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

  /** From now on answers over HTTP end their connections; everything is answered as before. */
  void announceEnd() {
    RestServer restServer = rest;
    if (restServer != null) {
      restServer.announceEnd();
    }
    HostServer hostServer = host;
    if (hostServer != null) {
      hostServer.announceEnd();
    }
  }

  /**
   * Takes no new request, lets the running ones end within a time, and closes all ports but that
   * for operators.
   *
   * @return whether all of them ended
   */
  boolean drain(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    GrpcServer grpcServer = grpc;
    RestServer restServer = rest;
    HostServer hostServer = host;
    // gRPC first: a port that both share is its, and what it still takes may turn out to be REST.
    if (grpcServer != null) {
      grpcServer.stopAccepting();
    }
    if (restServer != null) {
      restServer.stopAccepting();
    }
    if (hostServer != null) {
      hostServer.stopAccepting();
    }
    boolean idle = false;
    try {
      idle = grpcServer == null || grpcServer.awaitIdle(left(deadline));
      idle &= restServer == null || restServer.awaitIdle(left(deadline));
      idle &= hostServer == null || hostServer.awaitIdle(left(deadline));
      if (!idle) {
        cutOff(limit).log(LOG, Level.WARNING);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    if (restServer != null) {
      restServer.close();
    }
    if (hostServer != null) {
      hostServer.close();
    }
    if (grpcServer != null) {
      grpcServer.close();
    }
    return idle;
  }

  private LogEvent cutOff(Duration limit) {
    LogEvent event =
        LogEvent.of(
                "requests_cut_off",
                "Requests still ran after %d s, which --drain_timeout_seconds allows; they are cut off"
                    .formatted(limit.toSeconds()))
            .with("bytes", services.budget().used());
    OptionalLong requests = services.inference().metrics().inFlight();
    return requests.isPresent() ? event.with("requests", requests.getAsLong()) : event;
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
    if (tls != null) {
      tls.close();
    }
  }
}
