package dev.sluice.bench.rival;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** Answers every POST with one prediction, whatever its path and body. One per connection. */
final class FixedPrediction extends SimpleChannelInboundHandler<FullHttpRequest> {

  static final String PREDICTION =
      "{\n    \"predictions\": [[22.5329342], [14.3190708], [31.908434]]\n}";

  private static final ByteBuf BODY =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(PREDICTION.getBytes(StandardCharsets.US_ASCII))
              .asReadOnly());

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean readable = request.decoderResult().isSuccess();
    boolean keepAlive = readable && HttpUtil.isKeepAlive(request);
    FullHttpResponse response = respond(request, readable);
    HttpUtil.setContentLength(response, response.content().readableBytes());
    HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
    ChannelFuture written = context.write(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  // Requests that arrived together are answered by one system call.
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var _ = context.close();
  }

  private static FullHttpResponse respond(FullHttpRequest request, boolean readable) {
    if (!readable) {
      return empty(HttpResponseStatus.BAD_REQUEST);
    }
    if (!request.method().equals(HttpMethod.POST)) {
      return empty(HttpResponseStatus.METHOD_NOT_ALLOWED);
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, BODY.duplicate());
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
    return response;
  }

  private static FullHttpResponse empty(HttpResponseStatus status) {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
  }
}
