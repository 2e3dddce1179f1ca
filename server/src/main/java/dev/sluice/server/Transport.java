package dev.sluice.server;

import dev.sluice.batching.Turn;
import dev.sluice.tensorflow.PromptThread;
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
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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

  /** Connections to a port of HTTP/1 that may wait to be accepted. */
  public static final int BACKLOG = 1024;

  /** That of the thread at hand, which an event loop sets before it gets its first connection. */
  private static final FastThreadLocal<Turn> TURN = new FastThreadLocal<>();

  /** One acceptor and one worker per processor. */
  static Transport open(int workers) {
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(workers, new DefaultThreadFactory("sluice-io", true), io);
    loops.forEach(loop -> loop.execute(() -> begin(loop))); // its first task
    return new Transport(
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("sluice-accept", true), io),
        loops,
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
  }

  private static void begin(EventExecutor loop) {
    TURN.set(new Turn(loop));
    PromptThread.shortenSlices();
  }

  /** The turns of the calling thread, if it is a worker; else null. */
  static @Nullable Turn turn() {
    return TURN.getIfExists();
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
