package dev.sluice.server.rest;

import dev.sluice.server.InFlightBytes;
import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpContentException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gathers bodies up to a limit. A larger one is reported to the connection, which answers it in its
 * turn.
 *
 * <p>A body grows in one array that at most doubles, whatever the chunks it comes in: it takes
 * twice what has arrived, not what was announced, and a client that sends a byte a chunk costs time
 * for each of them only. Netty's own aggregator keeps the pieces and joins them again and again.
 * Belongs to the channel's event loop.
 */
final class BodyAggregator extends ChannelInboundHandlerAdapter {

  private static final byte[] NOTHING = {};

  private final int maxBodyBytes;
  private final InFlightBytes budget;
  private InFlightBytes.@Nullable Lease lease;
  private @Nullable HttpRequest head;
  private byte[] body = NOTHING;
  private int size;
  private int expected;

  /** Whether the body was counted when its head came, as it said how long it is. */
  private boolean isCounted;

  /**
   * @param budget counts each body from its head on, or, where it has no length, as it grows
   */
  BodyAggregator(int maxBodyBytes, InFlightBytes budget) {
    this.maxBodyBytes = maxBodyBytes;
    this.budget = budget;
  }

  /** A request with its whole body, and what counts it: whoever gets it releases that. */
  static final class Whole extends DefaultFullHttpRequest {
    private final InFlightBytes.Lease lease;

    Whole(HttpRequest head, ByteBuf body, InFlightBytes.Lease lease) {
      super(
          head.protocolVersion(),
          head.method(),
          head.uri(),
          body,
          head.headers(),
          EmptyHttpHeaders.INSTANCE);
      this.lease = lease;
    }

    InFlightBytes.Lease lease() {
      return lease;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      begin(context, request);
    }
    if (message instanceof HttpContent content) {
      try {
        add(context, content);
      } finally {
        content.release();
      }
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    release(); // of a request that broke off
    head = request;
    InFlightBytes.Lease begun = budget.lease();
    lease = begun;
    if (request.decoderResult().isFailure()) {
      end(context, request, begun, request.decoderResult()); // nothing follows that can be read
      return;
    }
    long announced = HttpUtil.getContentLength(request, -1L);
    expected = announced < 0 ? maxBodyBytes : (int) Math.min(announced, maxBodyBytes);
    if (announced > maxBodyBytes) {
      refuse(context, tooLong());
      return;
    }
    isCounted = announced >= 0;
    count(context, begun, Math.max(announced, 0));
  }

  private void add(ChannelHandlerContext context, HttpContent content) {
    HttpRequest request = head;
    InFlightBytes.Lease begun = lease;
    if (request == null || begun == null) {
      return; // refused
    }
    ByteBuf bytes = content.content();
    int more = bytes.readableBytes();
    if (more > maxBodyBytes - size) {
      refuse(context, tooLong());
      return;
    }
    if (!isCounted && !count(context, begun, more)) {
      return;
    }
    if (more > body.length - size) {
      long doubled = Math.min(2L * body.length, expected);
      body = Arrays.copyOf(body, (int) Math.max(size + more, doubled));
    }
    bytes.readBytes(body, size, more);
    size += more;
    if (content instanceof LastHttpContent || content.decoderResult().isFailure()) {
      end(context, request, begun, content.decoderResult());
    }
  }

  /** False if there is no room, which the connection has been told then. */
  private boolean count(ChannelHandlerContext context, InFlightBytes.Lease begun, long bytes) {
    try {
      begun.take(bytes);
      return true;
    } catch (StatusException full) {
      refuse(context, full);
      return false;
    }
  }

  private void end(
      ChannelHandlerContext context,
      HttpRequest request,
      InFlightBytes.Lease begun,
      DecoderResult outcome) {
    Whole whole = new Whole(request, Unpooled.wrappedBuffer(body, 0, size), begun);
    whole.setDecoderResult(outcome);
    lease = null; // it goes with the request
    forget();
    context.fireChannelRead(whole);
  }

  private TooLongHttpContentException tooLong() {
    return new TooLongHttpContentException(
        "The request body is larger than "
            + maxBodyBytes
            + " bytes, the limit that --rest_api_max_body_bytes sets");
  }

  private void refuse(ChannelHandlerContext context, Exception why) {
    forget();
    release();
    context.fireExceptionCaught(why);
  }

  private void forget() {
    head = null;
    body = NOTHING;
    size = 0;
  }

  private void release() {
    InFlightBytes.Lease begun = lease;
    if (begun != null) {
      lease = null;
      begun.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forget();
    release();
    context.fireChannelInactive();
  }
}
