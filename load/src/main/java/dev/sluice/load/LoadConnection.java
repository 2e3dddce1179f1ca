package dev.sluice.load;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a load: a protocol's way to send a request and to read its answer. It says what
 * it sees to its {@link LoadLoop}, on whose thread all of it happens.
 */
abstract class LoadConnection extends ByteToMessageDecoder {

  final LoadLoop load;

  /** True once anything was answered, so that the server is known to serve. */
  boolean answered;

  private @Nullable Channel channel;
  private boolean dirty;
  private boolean over;

  LoadConnection(LoadLoop load) {
    this.load = load;
  }

  /** All places for requests; the same list at all times. */
  abstract List<? extends Slot> slots();

  /** Writes the slot's request; {@link #flush} makes it go. */
  abstract void send(Slot slot);

  /** Forgets the request of a slot, whose time is over, and makes the server forget it. */
  abstract void giveUp(Slot slot);

  /** Writes what the protocol collects before it goes, if it does. */
  void beforeFlush() {}

  final boolean over() {
    return over;
  }

  final Channel channel() {
    if (channel == null) {
      throw new IllegalStateException("not connected");
    }
    return channel;
  }

  /** To be called with each write: sees to it that the loop flushes it. */
  final void written() {
    if (!dirty) {
      dirty = true;
      load.flushLater(this);
    }
  }

  final void flush() {
    dirty = false;
    if (!over) {
      beforeFlush();
      channel().flush();
    }
  }

  /** Ends the connection, and with it all requests on it. */
  final void end(String why) {
    if (!over) {
      over = true;
      if (channel != null) {
        var _ = channel.close();
      }
      load.ended(this, why);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) throws Exception {
    super.channelReadComplete(context);
    load.flushAll();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    end("the server closed the connection");
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Throwable first =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    end(String.valueOf(first.getMessage()));
  }
}
