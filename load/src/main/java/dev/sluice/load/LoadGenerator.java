package dev.sluice.load;

import dev.sluice.status.StatusException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Puts a load on a server over real connections and reports what came of it.
 *
 * <pre>{@code
 * LoadPlan plan =
 *     LoadPlan.of(LoadTarget.rest(address, "/v1/models/boston:predict"), body)
 *         .withPace(LoadPace.closed(64));
 * LoadResult result = LoadGenerator.run(plan);
 * }</pre>
 *
 * <p>It is made to cost little, since it often shares a machine with what it measures: requests are
 * encoded once, answers are read without an object for each, and one thread serves all connections
 * unless the plan says otherwise.
 */
public final class LoadGenerator {

  private static final int LONGEST_CONNECT_MILLIS = 5000;

  private LoadGenerator() {}

  /**
   * Opens all connections, runs the plan, closes the connections. Blocks for the time of the plan,
   * and for its time-out more at most. Several loads may run at once.
   *
   * @throws StatusException UNAVAILABLE if a connection can't be opened at the start, or may not
   *     have as many streams as the plan wants. What happens after the start is counted, never
   *     thrown.
   * @throws InterruptedException if the thread is interrupted; the load is ended
   */
  public static LoadResult run(LoadPlan plan) throws InterruptedException {
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    Bootstrap bootstrap =
        new Bootstrap().channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class);
    try (LoadProtocol protocol = LoadProtocol.of(plan)) {
      EventLoopGroup group =
          new MultiThreadIoEventLoopGroup(
              plan.threads(), new DefaultThreadFactory("sluice-generator", true), io);
      try {
        return run(plan, wires(plan, group, bootstrap, protocol));
      } finally {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
      }
    }
  }

  private static List<LoadConnections.Wire> wires(
      LoadPlan plan, EventLoopGroup group, Bootstrap bootstrap, LoadProtocol protocol) {
    int timeout = (int) Math.min(LONGEST_CONNECT_MILLIS, plan.timeout().toMillis());
    bootstrap
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout);
    List<LoadConnections.Wire> wires = new ArrayList<>();
    for (int i = 0; i < plan.threads(); i++) {
      EventLoop loop = group.next();
      wires.add(new LoadConnections.Wire(loop, bootstrap.clone().group(loop), protocol));
    }
    return wires;
  }

  private static LoadResult run(LoadPlan plan, List<LoadConnections.Wire> wires)
      throws InterruptedException {
    List<LoadLoop> loops = new ArrayList<>();
    for (int i = 0; i < wires.size(); i++) {
      loops.add(new LoadLoop(plan, share(plan, i), wires.get(i)));
      wires.get(i).loop().execute(loops.get(i)::connect);
    }
    await(loops.stream().map(LoadLoop::connected).toList());
    long start = System.nanoTime();
    for (int i = 0; i < wires.size(); i++) {
      LoadLoop loop = loops.get(i);
      wires.get(i).loop().execute(() -> loop.begin(start));
    }
    await(loops.stream().map(LoadLoop::finished).toList());
    LoadCost cost = loops.stream().map(LoadLoop::cost).reduce(LoadCost.NONE, LoadCost::beside);
    return Tally.sum(loops.stream().map(LoadLoop::tally).toList(), cost);
  }

  private static LoadLoop.Share share(LoadPlan plan, int index) {
    int threads = plan.threads();
    int connections = plan.pace().connections();
    return new LoadLoop.Share(
        index,
        threads,
        connections / threads + (index < connections % threads ? 1 : 0),
        plan.span().count() / threads + (index < plan.span().count() % threads ? 1 : 0));
  }

  private static void await(List<CompletableFuture<LoadLoop>> all) throws InterruptedException {
    for (CompletableFuture<LoadLoop> one : all) {
      try {
        var _ = one.get();
      } catch (ExecutionException failure) {
        throw failure.getCause() instanceof StatusException known
            ? known
            : new IllegalStateException(failure.getCause());
      }
    }
  }
}
