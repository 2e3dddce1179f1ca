package dev.sluice.server;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The event loops that both protocols share: epoll where there is one, else what the JDK has.
 *
 * @param acceptors takes new connections
 * @param workers reads and writes
 * @param channel the kind of listening socket that goes with them
 */
public record Transport(
    EventLoopGroup acceptors, EventLoopGroup workers, Class<? extends ServerChannel> channel)
    implements AutoCloseable {

  /** One acceptor and one worker per processor. */
  static Transport open(int workers) {
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new Transport(
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("sluice-accept", true), io),
        new MultiThreadIoEventLoopGroup(workers, new DefaultThreadFactory("sluice-io", true), io),
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
  }

  /** The kind of listening socket for {@link #localAddress}. */
  public Class<? extends ServerChannel> localChannel() {
    return isEpoll() ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class;
  }

  /** The address of a UNIX socket, in the form that the event loops take. */
  public SocketAddress localAddress(Path path) {
    return isEpoll() ? new DomainSocketAddress(path.toFile()) : UnixDomainSocketAddress.of(path);
  }

  private boolean isEpoll() {
    return channel == EpollServerSocketChannel.class;
  }

  /** Ends the loops and waits for them. */
  @Override
  public void close() {
    acceptors.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
