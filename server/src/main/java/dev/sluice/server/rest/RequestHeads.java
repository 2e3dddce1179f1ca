package dev.sluice.server.rest;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sees the head of a request long before its body is complete: from then on the connection owes an
 * answer, and if the client waits to be told that it may send the body, this tells it. That must
 * not overtake an answer which is under way, so it happens only for a request that is next in line
 * and whose body has not begun to come. Belongs to the channel's event loop.
 */
final class RequestHeads extends ChannelInboundHandlerAdapter {

  private static final String CONTINUE = "100-continue";

  private final RestConnection connection;
  private boolean continueOwed;

  RequestHeads(RestConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (connection.isDeaf()) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpRequest request) {
      connection.begun();
      HttpResponseStatus refusal = refusal(request);
      if (refusal != null) {
        connection.refuse(Response.page(refusal));
        return;
      }
    } else if (message instanceof HttpContent) {
      continueOwed = false;
    }
    context.fireChannelRead(message);
  }

  /** What is wrong with a request that is not worth its body; null if nothing is. */
  private @Nullable HttpResponseStatus refusal(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return null; // another page says so
    }
    if (hasOddTransfer(request)) {
      return HttpResponseStatus.NOT_IMPLEMENTED;
    }
    return expectsTheImpossible(request) ? HttpResponseStatus.EXPECTATION_FAILED : null;
  }

  /** Where the body ends is then a matter of opinion, and the next request might be part of it. */
  private static boolean hasOddTransfer(HttpRequest request) {
    if (!request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      return false;
    }
    List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean chunked = codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
    return !(chunked && request.protocolVersion().equals(HttpVersion.HTTP_1_1));
  }

  /** Takes the expectation out of the request, so that nobody else acts on it. */
  private boolean expectsTheImpossible(HttpRequest request) {
    String expectation = request.headers().get(HttpHeaderNames.EXPECT);
    if (expectation == null) {
      return false;
    }
    request.headers().remove(HttpHeaderNames.EXPECT);
    boolean hasBody =
        HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    boolean met = expectation.equalsIgnoreCase(CONTINUE);
    continueOwed = met && hasBody;
    return !met && hasBody;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    tellToContinue(context);
    context.fireChannelReadComplete();
  }

  /** Lets the client send its body if it waits to be told and is next in line. */
  void tellToContinue(ChannelHandlerContext context) {
    if (continueOwed && connection.isNextInLine()) {
      continueOwed = false;
      var _ = context.writeAndFlush(HttpAnswers.tellToContinue(context.alloc()));
    }
  }
}
