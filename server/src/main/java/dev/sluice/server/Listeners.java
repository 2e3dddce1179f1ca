package dev.sluice.server;

import dev.sluice.server.config.Hosting;
import dev.sluice.server.config.ServerOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens.
 *
 * @param grpc null for nowhere; port 0 for any free one
 * @param rest null for nowhere; port 0 for any free one
 * @param grpcSocket the UNIX socket on which gRPC listens as well; null for none
 * @param admin where operators are answered; null for nowhere; port 0 for any free one
 * @param onePort whether both protocols are spoken at the address of gRPC, which is then that of
 *     REST as well
 * @param host where a platform is answered by its own contract; null for nowhere; port 0 for any
 *     free one
 */
public record Listeners(
    @Nullable InetSocketAddress grpc,
    @Nullable InetSocketAddress rest,
    @Nullable Path grpcSocket,
    @Nullable InetSocketAddress admin,
    boolean onePort,
    @Nullable InetSocketAddress host) {

  /** Without a platform. */
  public Listeners(
      @Nullable InetSocketAddress grpc,
      @Nullable InetSocketAddress rest,
      @Nullable Path grpcSocket,
      @Nullable InetSocketAddress admin,
      boolean onePort) {
    this(grpc, rest, grpcSocket, admin, onePort, null);
  }

  /** One port for both protocols if they have the same address and port, unless that is any. */
  public Listeners(
      @Nullable InetSocketAddress grpc,
      @Nullable InetSocketAddress rest,
      @Nullable Path grpcSocket,
      @Nullable InetSocketAddress admin) {
    this(grpc, rest, grpcSocket, admin, grpc != null && grpc.getPort() != 0 && grpc.equals(rest));
  }

  /** The two protocols on ports, and nothing else. */
  public Listeners(@Nullable InetSocketAddress grpc, @Nullable InetSocketAddress rest) {
    this(grpc, rest, null, null);
  }

  /** Without a port for operators. */
  public Listeners(
      @Nullable InetSocketAddress grpc,
      @Nullable InetSocketAddress rest,
      @Nullable Path grpcSocket) {
    this(grpc, rest, grpcSocket, null);
  }

  /** As the flags say, where port 0 means that the protocol is off. */
  public static Listeners of(ServerOptions options) {
    return new Listeners(
        address(options.bindAddress(), options.port()),
        address(options.bindAddress(), options.restApiPort()),
        options.grpcSocketPath().isEmpty() ? null : Path.of(options.grpcSocketPath()),
        address(options.adminBindAddress(), options.adminPort()));
  }

  /** The same on a platform; null for none. */
  public static Listeners of(ServerOptions options, @Nullable Hosting hosting) {
    Listeners flags = of(options);
    InetSocketAddress host =
        hosting == null ? null : address(options.bindAddress(), hosting.port());
    return host == null ? flags : flags.withHost(host);
  }

  /**
   * The same with a port for a platform. It answers the REST API too, so where that has the same
   * port it needs none of its own.
   */
  Listeners withHost(InetSocketAddress address) {
    boolean shared = address.getPort() != 0 && address.equals(rest);
    return new Listeners(
        grpc, shared ? null : rest, grpcSocket, admin, onePort && !shared, address);
  }

  private static @Nullable InetSocketAddress address(String host, int port) {
    if (port == 0) {
      return null;
    }
    return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }
}
