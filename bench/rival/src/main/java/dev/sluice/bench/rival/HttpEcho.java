package dev.sluice.bench.rival;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;

/**
 * HTTP/1.1 on Netty with the handlers that a production server has: each POST is read whole and
 * answered with the same small prediction. What a REST stack can't be faster than.
 */
public final class HttpEcho implements EchoServer {

  private static final int MAX_BODY_BYTES = 256 << 20;
  private static final int BACKLOG = 1024;

  private final EventLoops loops;
  private final Channel channel;

  private HttpEcho(EventLoops loops, Channel channel) {
    this.loops = loops;
    this.channel = channel;
  }

  /** Serves until a signal comes; flags as {@link EchoOptions} reads them. */
  public static void main(String[] arguments) {
    EchoServer.run(EchoOptions.onPort(8501).with(arguments), HttpEcho::start);
  }

  static HttpEcho start(EchoOptions options) {
    EventLoops loops = EventLoops.start(options.threads());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.channelType())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Pipeline());
    try {
      return new HttpEcho(loops, bootstrap.bind(options.address()).syncUninterruptibly().channel());
    } catch (Exception failure) {
      loops.close();
      throw new IllegalStateException("can't listen on " + options.address(), failure);
    }
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    loops.close();
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel connection) {
      connection
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
          .addLast(new FixedPrediction());
    }
  }
}
