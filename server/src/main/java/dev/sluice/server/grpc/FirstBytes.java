package dev.sluice.server.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which protocol a connection speaks, where both are at home on one port, and leaves it
 * to that. HTTP/2 begins with words that no request of HTTP/1 can begin with, and a client says
 * them before it hears anything. So the first byte that differs decides for HTTP/1, and the last of
 * those words for gRPC. There is no upgrade from one to the other.
 *
 * <p>Nothing was taken by then: all that was read goes to the protocol, which has the connection as
 * if it had accepted it, and this handler is gone before the first request is seen. A connection
 * that does not get that far in time is closed.
 *
 * <p>grpc makes each connection a transport of its server before a byte has come. Where it turns
 * out to be HTTP/1, the transport is told that it will not be used, which ends it for grpc (its
 * limits on time, its drain) and leaves the connection open.
 *
 * <p>What it reads may as well come from a handler before it that decrypts. Belongs to the
 * channel's event loop.
 */
final class FirstBytes extends ByteToMessageDecoder {

  private static final byte[] HTTP2 = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

  private final GrpcHttp2ConnectionHandler grpc;
  private final ChannelHandler negotiation;
  private final SharedPort shared;
  private @Nullable ProtocolNegotiationEvent begun;
  private @Nullable ScheduledFuture<?> limit;

  private FirstBytes(
      GrpcHttp2ConnectionHandler grpc, ChannelHandler negotiation, SharedPort shared) {
    this.grpc = grpc;
    this.negotiation = negotiation;
    this.shared = shared;
  }

  /** What a server of grpc needs to have one of these for each connection. */
  static final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {

    private final InternalProtocolNegotiator.ProtocolNegotiator grpc;
    private final SharedPort shared;

    /**
     * @param grpc goes on with those that speak gRPC
     */
    Negotiator(InternalProtocolNegotiator.ProtocolNegotiator grpc, SharedPort shared) {
      this.grpc = grpc;
      this.shared = shared;
    }

    @Override
    public AsciiString scheme() {
      return grpc.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
      return new FirstBytes(handler, grpc.newHandler(handler), shared);
    }

    @Override
    public void close() {
      grpc.close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Duration patience = shared.patience();
    if (!patience.isZero()) {
      limit =
          context
              .executor()
              .schedule(() -> close(context), patience.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private static void close(ChannelHandlerContext context) {
    var _ = context.close();
  }

  /** Keeps the event by which grpc begins: whether it is to begin is not known yet. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ProtocolNegotiationEvent start) {
      begun = start;
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** What is left in the buffer is handed on when this handler is removed. */
  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf read, List<Object> messages) {
    int seen = Math.min(read.readableBytes(), HTTP2.length);
    for (int i = 0; i < seen; i++) {
      if (read.getByte(read.readerIndex() + i) != HTTP2[i]) {
        becomeHttp(context);
        return;
      }
    }
    if (seen == HTTP2.length) {
      becomeGrpc(context);
    }
  }

  private void becomeGrpc(ChannelHandlerContext context) {
    context.pipeline().replace(this, null, negotiation);
    if (begun != null) {
      context.fireUserEventTriggered(begun);
    }
  }

  private void becomeHttp(ChannelHandlerContext context) {
    ChannelPipeline pipeline = context.pipeline();
    grpc.notifyUnused();
    while (pipeline.last() != this) {
      pipeline.removeLast(); // what keeps grpc's writes until it has begun
    }
    shared.http().accept(context.channel());
    pipeline.remove(this);
    context.fireChannelActive(); // for those who have come too late to hear it
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    if (limit != null) {
      var _ = limit.cancel(false);
    }
  }
}
