package dev.sluice.server.rest;

import dev.sluice.server.Decoders;
import dev.sluice.server.InFlight;
import dev.sluice.server.Inference;
import dev.sluice.server.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** The listener of the REST API. */
public final class RestServer implements AutoCloseable {

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one
   * @param timeout how long the run of a request may take
   * @param maxBodyBytes the largest body, after decompression, that is read; at most 2^31-1
   * @param decoders runs the decoding of large bodies, which would hold an event loop
   */
  public record Options(
      InetSocketAddress address, Optional<Duration> timeout, int maxBodyBytes, Decoders decoders) {}

  /** TensorFlow Serving has no limits; these are far above what clients send. */
  private static final HttpDecoderConfig DECODER =
      new HttpDecoderConfig().setMaxInitialLineLength(64 * 1024).setMaxHeaderSize(64 * 1024);

  private final InFlight inFlight = new InFlight();
  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Channel listener;

  private RestServer(Transport transport, Inference inference, Options options) {
    RestApi api = new RestApi(inference, options.timeout());
    this.listener =
        new ServerBootstrap()
            .group(transport.acceptors(), transport.workers())
            .channel(transport.channel())
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel); // closes it if the group is closed
                    RestConnection connection =
                        new RestConnection(api, options.decoders(), inFlight);
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(DECODER),
                            connection.new Heads(),
                            new HttpContentDecompressor(0),
                            new BodyAggregator(options.maxBodyBytes()),
                            connection);
                  }
                })
            .bind(options.address())
            .syncUninterruptibly()
            .channel();
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
