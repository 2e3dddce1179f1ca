package dev.sluice.client;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** A connection by grpc-java on Netty, and a thread for pauses that starts with the first one. */
final class NettyParts implements Connection.Parts {

  /**
   * How to speak.
   *
   * @param authority the server's name in its certificate; null for the host's
   * @param maxMessageBytes the largest answer
   */
  record Options(ChannelCredentials credentials, @Nullable String authority, int maxMessageBytes) {}

  private final ManagedChannel channel;
  private final @Nullable EventLoopGroup socketLoop;
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1,
          Thread.ofPlatform().daemon().name("sluice-client-timer").factory(),
          new ThreadPoolExecutor.DiscardPolicy()); // once it is closed nothing waits any more

  NettyParts(Target target, Options options) {
    NettyChannelBuilder builder;
    if (target.socket() == null) {
      socketLoop = null;
      builder = NettyChannelBuilder.forAddress(target.host(), target.port(), options.credentials());
    } else {
      // grpc's own loops can't take them on every platform.
      socketLoop =
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("sluice-client", true), NioIoHandler.newFactory());
      builder =
          NettyChannelBuilder.forAddress(
                  UnixDomainSocketAddress.of(target.socket()), options.credentials())
              .eventLoopGroup(socketLoop)
              .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class);
    }
    if (options.authority() != null) {
      builder.overrideAuthority(options.authority());
    }
    // A name server must not be able to order repetitions; those that gRPC makes by itself stay.
    channel =
        builder
            .disableServiceConfigLookUp()
            .maxInboundMessageSize(options.maxMessageBytes())
            .build();
    timer.setRemoveOnCancelPolicy(true);
  }

  @Override
  public ManagedChannel channel() {
    return channel;
  }

  @Override
  public Future<?> after(Duration delay, Runnable task) {
    return timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public DoubleSupplier random() {
    return () -> ThreadLocalRandom.current().nextDouble();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (socketLoop != null) {
      var _ = socketLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
