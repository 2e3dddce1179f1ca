package dev.sluice.server.rest;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.TooLongHttpContentException;

/**
 * Gathers bodies up to a limit. A larger one is reported to the connection, which answers it in its
 * turn, where Netty would answer at once.
 */
final class BodyAggregator extends HttpObjectAggregator {

  private final int maxBodyBytes;

  BodyAggregator(int maxBodyBytes) {
    super(maxBodyBytes);
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    context.fireExceptionCaught(
        new TooLongHttpContentException(
            "The request body is larger than "
                + maxBodyBytes
                + " bytes, the limit that --rest_api_max_body_bytes sets"));
  }
}
