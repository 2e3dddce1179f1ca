package dev.sluice.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the first byte of a connection, by which one that begins with TLS can be told from any
 * other, and is gone then. A client that speaks clear text where that is not taken is told so, in
 * the protocol that it speaks: it would get nothing but an alert of TLS otherwise, which no client
 * of HTTP can read. Belongs to the channel's event loop.
 */
final class FirstByte extends ChannelInboundHandlerAdapter {

  /** A record of the handshake, the only one that a connection begins with. */
  private static final int HANDSHAKE = 22;

  private static final byte[] HTTP2 = "PRI".getBytes(StandardCharsets.US_ASCII);
  private static final String TEXT = "This port speaks TLS, and the client did not";

  /** How long a client that was refused may take to notice. */
  private static final int LINGER_SECONDS = 2;

  private final @Nullable SslContext otherwise;
  private boolean refused;

  /**
   * @param otherwise speaks TLS with those who do, where clear text is taken as well; null where it
   *     is not, and TLS is next in the pipeline already
   */
  FirstByte(@Nullable SslContext otherwise) {
    this.otherwise = otherwise;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (refused) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      context.fireChannelRead(message);
      return;
    }
    boolean encrypted = bytes.getByte(bytes.readerIndex()) == HANDSHAKE;
    if (!encrypted && otherwise == null) {
      refuse(context, bytes);
      return;
    }
    if (encrypted && otherwise != null) {
      SslHandler tls = otherwise.newHandler(context.channel().alloc());
      context.pipeline().addAfter(context.name(), null, tls);
    }
    context.fireChannelRead(message);
    context.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext context, ByteBuf bytes) {
    refused = true;
    ByteBuf answer = Unpooled.wrappedBuffer(startsWith(bytes, HTTP2) ? goAway() : badRequest());
    bytes.release();
    // From here, so past the handlers of TLS.
    context.writeAndFlush(answer).addListener(written -> end(context));
  }

  /** Lets the client read the answer, whatever it is still sending. */
  private static void end(ChannelHandlerContext context) {
    Channel channel = context.channel();
    if (!(channel instanceof DuplexChannel duplex) || !channel.isActive()) {
      close(context);
      return;
    }
    var _ = duplex.shutdownOutput();
    ScheduledFuture<?> close =
        channel.eventLoop().schedule(() -> close(context), LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> close.cancel(false));
  }

  /** From here, since those behind might want to take leave first. */
  private static void close(ChannelHandlerContext context) {
    var _ = context.close();
  }

  private static boolean startsWith(ByteBuf bytes, byte[] beginning) {
    if (bytes.readableBytes() < beginning.length) {
      return false;
    }
    for (int i = 0; i < beginning.length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != beginning[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] badRequest() {
    String body = "{\n    \"error\": \"" + TEXT + ": use https\"\n}\n";
    String answer =
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: "
            + body.length()
            + "\r\nconnection: close\r\n\r\n"
            + body;
    return answer.getBytes(StandardCharsets.US_ASCII);
  }

  /** HTTP/2's settings, none, and its farewell: stream 0, inadequate security, why. */
  private static byte[] goAway() {
    byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
    ByteBuf frames = Unpooled.buffer();
    frames.writeMedium(0).writeByte(4).writeByte(0).writeInt(0);
    frames.writeMedium(8 + text.length).writeByte(7).writeByte(0).writeInt(0);
    frames.writeInt(0).writeInt(12).writeBytes(text);
    byte[] bytes = new byte[frames.readableBytes()];
    frames.readBytes(bytes);
    return bytes;
  }
}
