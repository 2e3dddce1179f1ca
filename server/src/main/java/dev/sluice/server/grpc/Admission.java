package dev.sluice.server.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a connection's frames and grpc, which hands a message on when it is complete:
 * whether there is room for it has to be asked before that. So each call says here, when it is
 * started, what is to see its bytes ({@link #announce}), and that sees them first.
 *
 * <p>A call that was refused has its answer; its stream is reset after that without an error, as
 * HTTP/2 has it, so that the client stops sending. Belongs to the connection's event loop.
 */
final class Admission extends Http2FrameListenerDecorator {

  /** The connection on which a call is being started in this thread. */
  private static final FastThreadLocal<@Nullable Admission> STARTING = new FastThreadLocal<>();

  private final GrpcHttp2ConnectionHandler handler;
  private final Http2Connection.PropertyKey key;
  private int starting;

  private Admission(GrpcHttp2ConnectionHandler handler, Http2FrameListener grpc) {
    super(grpc);
    this.handler = handler;
    this.key = handler.connection().newKey();
  }

  /** Clear text, with an admission for each connection. */
  static final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {

    private final InternalProtocolNegotiator.ProtocolNegotiator plaintext =
        InternalProtocolNegotiators.serverPlaintext();

    @Override
    public AsciiString scheme() {
      return plaintext.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
      handler.decoder().frameListener(new Admission(handler, handler.decoder().frameListener()));
      return plaintext.newHandler(handler);
    }

    @Override
    public void close() {
      plaintext.close();
    }
  }

  /** To be called while a call is started: this is to see the bytes that it gets. */
  static void announce(Inbound inbound) {
    Admission admission = STARTING.get();
    if (admission != null) {
      admission.add(inbound);
    }
  }

  private void add(Inbound inbound) {
    Http2Stream stream = handler.connection().stream(starting);
    if (stream != null) {
      stream.setProperty(key, inbound);
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    starting = streamId;
    STARTING.set(this);
    try {
      super.onHeadersRead(
          context, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    } finally {
      STARTING.set(null);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = handler.connection().stream(streamId);
    Inbound inbound = stream == null ? null : stream.getProperty(key);
    if (inbound == null || inbound.admits(data)) {
      return super.onDataRead(context, streamId, data, padding, endOfStream);
    }
    // The answer is queued to be written by a task of the event loop; this one comes after it.
    context.executor().execute(() -> end(context, streamId));
    return data.readableBytes() + padding;
  }

  private void end(ChannelHandlerContext context, int streamId) {
    if (handler.connection().stream(streamId) != null) {
      var _ =
          handler.resetStream(context, streamId, Http2Error.NO_ERROR.code(), context.newPromise());
      context.flush();
    }
  }
}
