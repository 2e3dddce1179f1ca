package dev.sluice.server.grpc;

import dev.sluice.server.Tls;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AsciiString;

/**
 * Puts TLS before what negotiates a connection of grpc, which then sees what is decrypted. grpc's
 * own negotiator for TLS would hold one identity for ever; this asks for that of the moment.
 */
final class Guarded implements InternalProtocolNegotiator.ProtocolNegotiator {

  private final InternalProtocolNegotiator.ProtocolNegotiator inside;
  private final Tls.Door door;

  /**
   * @param inside goes on with what is decrypted
   */
  Guarded(InternalProtocolNegotiator.ProtocolNegotiator inside, Tls.Door door) {
    this.inside = inside;
    this.door = door;
  }

  @Override
  public AsciiString scheme() {
    return inside.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
    ChannelHandler next = inside.newHandler(handler);
    return new ChannelHandlerAdapter() {
      @Override
      public void handlerAdded(ChannelHandlerContext context) {
        door.guard(context.pipeline());
        context.pipeline().replace(this, null, next);
      }
    };
  }

  @Override
  public void close() {
    inside.close();
  }
}
