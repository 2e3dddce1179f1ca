package dev.sluice.server.rest;

import dev.sluice.server.Decoders;
import dev.sluice.server.InFlight;
import dev.sluice.server.Inference;
import dev.sluice.server.Transport;
import dev.sluice.server.config.RestSettings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;

/** The listener of the REST API. */
public final class RestServer implements AutoCloseable {

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one
   * @param settings limits, times and what answers are like
   * @param decoders runs the decoding of large bodies, which would hold an event loop
   */
  public record Options(InetSocketAddress address, RestSettings settings, Decoders decoders) {}

  private final InFlight inFlight = new InFlight();
  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Channel listener;

  private RestServer(Transport transport, Inference inference, Options options) {
    RestSettings settings = options.settings();
    Exchange.Services services =
        new Exchange.Services(
            new RestApi(inference, settings),
            options.decoders(),
            new HttpAnswers(new HttpDate(InstantSource.system()), settings.cors()),
            settings);
    this.listener =
        new ServerBootstrap()
            .group(transport.acceptors(), transport.workers())
            .channel(transport.channel())
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, !settings.cancelsOnClose())
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel); // closes it if the group is closed
                    addHandlers(channel.pipeline(), services);
                  }
                })
            .bind(options.address())
            .syncUninterruptibly()
            .channel();
  }

  private void addHandlers(ChannelPipeline pipeline, Exchange.Services services) {
    RestSettings settings = services.settings();
    RequestPace pace =
        new RequestPace(
            settings.receiveTimeout(), settings.idleTimeout(), settings.minReceiveRate());
    RestConnection connection = new RestConnection(services, inFlight, pace);
    HttpDecoderConfig decoder =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.maxHeaderBytes())
            .setMaxHeaderSize(settings.maxHeaderBytes());
    pipeline.addLast(
        pace,
        new HttpRequestDecoder(decoder),
        connection.heads(),
        new BodyAggregator(settings.maxBodyBytes()),
        connection);
  }

  /**
   * Opens the port.
   *
   * @throws RuntimeException (or what the transport throws) if it cannot be bound
   */
  public static RestServer open(Transport transport, Inference inference, Options options) {
    return new RestServer(transport, inference, options);
  }

  /** The port that was bound. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Takes no further connection, and asks each there is to end once its request is answered. */
  public void stopAccepting() {
    listener.close().syncUninterruptibly();
    connections.forEach(channel -> channel.pipeline().fireUserEventTriggered(RestConnection.DRAIN));
  }

  /** Waits until no request is being worked on. False if that takes longer. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    return inFlight.awaitIdle(limit);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    connections.close().syncUninterruptibly();
  }
}
