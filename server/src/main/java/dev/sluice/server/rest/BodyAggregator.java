package dev.sluice.server.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
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
  private @Nullable HttpRequest head;
  private byte[] body = NOTHING;
  private int size;
  private int expected;

  BodyAggregator(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
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
    head = request;
    if (request.decoderResult().isFailure()) {
      end(context, request, request.decoderResult()); // nothing follows that could be read
      return;
    }
    long announced = HttpUtil.getContentLength(request, -1L);
    expected = announced < 0 ? maxBodyBytes : (int) Math.min(announced, maxBodyBytes);
    if (announced > maxBodyBytes) {
      refuse(context);
    }
  }

  private void add(ChannelHandlerContext context, HttpContent content) {
    HttpRequest request = head;
    if (request == null) {
      return; // refused
    }
    ByteBuf bytes = content.content();
    int more = bytes.readableBytes();
    if (more > maxBodyBytes - size) {
      refuse(context);
      return;
    }
    if (more > body.length - size) {
      long doubled = Math.min(2L * body.length, expected);
      body = Arrays.copyOf(body, (int) Math.max(size + more, doubled));
    }
    bytes.readBytes(body, size, more);
    size += more;
    if (content instanceof LastHttpContent || content.decoderResult().isFailure()) {
      end(context, request, content.decoderResult());
    }
  }

  private void end(ChannelHandlerContext context, HttpRequest request, DecoderResult outcome) {
    FullHttpRequest whole =
        new DefaultFullHttpRequest(
            request.protocolVersion(),
            request.method(),
            request.uri(),
            Unpooled.wrappedBuffer(body, 0, size),
            request.headers(),
            EmptyHttpHeaders.INSTANCE);
    whole.setDecoderResult(outcome);
    forget();
    context.fireChannelRead(whole);
  }

  private void refuse(ChannelHandlerContext context) {
    forget();
    context.fireExceptionCaught(
        new TooLongHttpContentException(
            "The request body is larger than "
                + maxBodyBytes
                + " bytes, the limit that --rest_api_max_body_bytes sets"));
  }

  private void forget() {
    head = null;
    body = NOTHING;
    size = 0;
  }
}
