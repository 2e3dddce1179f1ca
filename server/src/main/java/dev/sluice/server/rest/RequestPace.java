package dev.sluice.server.rest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches how fast a client sends. A request must be complete within a time that begins with its
 * first byte and grows with what arrives: so a large body over a slow line gets through, and a byte
 * a second does not. Between requests a connection may be idle for another, longer time, and so may
 * a client that takes nothing of its answer. While the server is busy with a request of this
 * connection, nothing counts.
 *
 * <p>Both times are looked at by one task a connection, which comes at least once per receive
 * timeout; a request costs two fields and no timer. Says what it finds by an event, and leaves the
 * rest to the connection. Belongs to the channel's event loop.
 */
final class RequestPace extends ChannelInboundHandlerAdapter {

  /** What is found. */
  enum Event {
    /** A request comes too slowly. */
    SLOW,
    /** Nothing has come, or was taken, for too long. */
    IDLE
  }

  private final long receiveNanos;
  private final long idleNanos;
  private final long minRate;

  private @Nullable ScheduledFuture<?> next;
  private boolean receiving;
  private boolean busy;
  private boolean answering;
  private long untaken;
  private long since;
  private long bytes;

  /**
   * @param receive what a request may take to arrive if it were empty; zero for any time
   * @param idle how long nothing may come or be taken; zero for any time
   * @param minRate bytes that earn another second
   */
  RequestPace(Duration receive, Duration idle, int minRate) {
    this.receiveNanos = receive.isZero() ? Long.MAX_VALUE : receive.toNanos();
    this.idleNanos = idle.isZero() ? Long.MAX_VALUE : idle.toNanos();
    this.minRate = minRate;
  }

  /** The request that was coming is there; the client waits for the server now. */
  void serverIsBusy() {
    busy = true;
    receiving = false;
  }

  /** An answer is on its way out; the client is to take it. */
  void clientMayTake(ChannelHandlerContext context) {
    answering = true;
    untaken = untaken(context);
    since = now(context);
  }

  /** The server has answered; it is the client's turn. */
  void clientMaySend(ChannelHandlerContext context) {
    busy = false;
    answering = false;
    since = now(context);
    bytes = 0;
  }

  /** Bytes of the request that is coming, since the client was to send it. */
  long bytes() {
    return bytes;
  }

  /** How long nothing has happened, but for the bytes of a request that is not there yet. */
  long quietNanos(ChannelHandlerContext context) {
    return busy || answering ? 0 : now(context) - since;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    since = now(context);
    schedule(context, Math.min(receiveNanos, idleNanos));
    context.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf data) {
      if (!receiving) {
        receiving = true;
        since = now(context);
        bytes = 0;
      }
      bytes += data.readableBytes();
    }
    context.fireChannelRead(message);
  }

  private void look(ChannelHandlerContext context) {
    if (answering && untaken != untaken(context)) {
      clientMayTake(context);
    }
    boolean counts = answering || !busy;
    boolean coming = receiving && !answering; // what is sent along with an answer untaken waits
    long left = counts ? limit(coming) - (now(context) - since) : Long.MAX_VALUE;
    if (left <= 0) {
      context.fireUserEventTriggered(coming ? Event.SLOW : Event.IDLE);
      return;
    }
    schedule(context, Math.min(left, Math.min(receiveNanos, idleNanos)));
  }

  /** Bytes of an answer that the socket has not taken. */
  private static long untaken(ChannelHandlerContext context) {
    ChannelOutboundBuffer out = context.channel().unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes() - out.currentProgress();
  }

  private long limit(boolean coming) {
    if (!coming) {
      return idleNanos;
    }
    long earned = TimeUnit.SECONDS.toNanos(bytes / minRate);
    return receiveNanos > Long.MAX_VALUE - earned ? Long.MAX_VALUE : receiveNanos + earned;
  }

  private void schedule(ChannelHandlerContext context, long nanos) {
    if (nanos != Long.MAX_VALUE) {
      next = context.executor().schedule(() -> look(context), nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** A task that stays would hold a connection that is gone. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ScheduledFuture<?> look = next;
    if (look != null) {
      var _ = look.cancel(false);
    }
    context.fireChannelInactive();
  }

  private static long now(ChannelHandlerContext context) {
    return context.executor().ticker().nanoTime();
  }
}
