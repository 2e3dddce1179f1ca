package dev.sluice.server.rest;

import dev.sluice.server.Tls;
import dev.sluice.server.Transport;
import dev.sluice.server.config.RestSettings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The connections that speak HTTP/1, and the port where they come in. */
final class HttpListener implements AutoCloseable {

  private final Drain drain = new Drain();
  private final Transport transport;
  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Exchange.Services services;
  private final @Nullable Channel listener;

  /** Without a port of its own: connections come by {@link #adopt}. */
  HttpListener(Transport transport, Exchange.Services services) {
    this.transport = transport;
    this.services = services;
    this.listener = null;
  }

  /**
   * Opens the port.
   *
   * @param address where to listen; port 0 for any free one
   * @param door how connections begin where TLS is spoken; null for clear text
   * @throws RuntimeException (or what the transport throws) if it cannot be bound
   */
  HttpListener(
      Transport transport,
      InetSocketAddress address,
      Exchange.Services services,
      Tls.@Nullable Door door) {
    this.transport = transport;
    this.services = services;
    this.listener =
        new ServerBootstrap()
            .group(transport.acceptors(), transport.workers())
            .channel(transport.channel())
            .option(ChannelOption.SO_BACKLOG, Transport.BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure())
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (door != null) {
                      door.guard(channel.pipeline());
                    }
                    begin(channel);
                  }
                })
            .bind(address)
            .syncUninterruptibly()
            .channel();
  }

  private boolean halfClosure() {
    return !services.settings().cancelsOnClose();
  }

  /**
   * Takes a connection that came in elsewhere, and adds its handlers to what it has. To be called
   * on its event loop.
   */
  void adopt(Channel channel) {
    channel.config().setAllocator(ByteBufAllocator.DEFAULT);
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure());
    begin(channel);
  }

  private void begin(Channel channel) {
    connections.add(channel); // closes it if the group is closed
    addHandlers(channel.pipeline());
  }

  private void addHandlers(ChannelPipeline pipeline) {
    RestSettings settings = services.settings();
    RequestPace pace =
        new RequestPace(
            settings.receiveTimeout(), settings.idleTimeout(), settings.minReceiveRate());
    RestConnection connection = new RestConnection(services, drain, pace);
    HttpDecoderConfig decoder =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.maxHeaderBytes())
            .setMaxHeaderSize(settings.maxHeaderBytes());
    pipeline.addLast(
        pace,
        new HttpRequestDecoder(decoder),
        connection.heads(),
        new BodyAggregator(settings.maxBodyBytes(), services.budget()),
        connection);
  }

  /** The port that was bound; 0 if it has none of its own. */
  int port() {
    return listener == null ? 0 : ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** From now on each answer is the last one of its connection; new connections are taken. */
  void announceEnd() {
    drain.announce();
  }

  /**
   * Takes no further connection, and asks each there is to end: once its request is answered, or
   * once it has been quiet for a moment. Returns when all have been asked.
   */
  void stopAccepting() {
    drain.stop();
    closePort();
    connections.forEach(channel -> channel.pipeline().fireUserEventTriggered(RestConnection.DRAIN));
    for (EventExecutor loop : transport.workers()) {
      // What was accepted last is on its way to its loop, before this.
      loop.submit(() -> {}).syncUninterruptibly();
    }
  }

  private void closePort() {
    if (listener != null) {
      listener.close().syncUninterruptibly();
    }
  }

  /** Waits until no request is being worked on or may still come. False if that takes longer. */
  boolean awaitIdle(Duration limit) throws InterruptedException {
    var _ = drain.connections().awaitIdle(limit); // each ends with its requests
    return drain.requests().awaitIdle(Duration.ZERO);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    closePort();
    connections.close().syncUninterruptibly();
  }
}
