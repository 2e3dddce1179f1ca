package dev.sluice.bench.rival;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a server and the channel that fits them: epoll where there is one, else NIO.
 *
 * @param group accepts, reads and writes
 * @param channelType what to listen with
 */
record EventLoops(EventLoopGroup group, Class<? extends ServerChannel> channelType)
    implements AutoCloseable {

  static EventLoops start(int threads) {
    return Epoll.isAvailable()
        ? start(threads, EpollIoHandler.newFactory(), EpollServerSocketChannel.class)
        : start(threads, NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  private static EventLoops start(
      int threads, IoHandlerFactory io, Class<? extends ServerChannel> channelType) {
    return new EventLoops(new MultiThreadIoEventLoopGroup(threads, io), channelType);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
