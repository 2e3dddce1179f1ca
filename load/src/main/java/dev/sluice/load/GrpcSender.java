package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Sends messages as fast as the server's windows let it: one of the connection, and one of each
 * stream. What they do not let through is held until they open. Belongs to one connection.
 */
final class GrpcSender {

  private final GrpcRequests requests;
  private final Supplier<ByteBuf> out;
  private final ArrayDeque<GrpcStream> held = new ArrayDeque<>();
  private long window = Http2.FIRST_WINDOW;
  private int streamWindow = Http2.FIRST_WINDOW;

  /**
   * @param out what goes with the next flush
   */
  GrpcSender(GrpcRequests requests, Supplier<ByteBuf> out) {
    this.requests = requests;
    this.out = out;
  }

  /** The window of a new stream. */
  int streamWindow() {
    return streamWindow;
  }

  /** Sends what the server takes of a message; the rest is held until it takes more. */
  void send(GrpcStream stream) {
    byte[] message = requests.get(stream.request);
    while (stream.offset < message.length) {
      int rest = Math.min(message.length - stream.offset, Http2.MOST_PAYLOAD);
      int length = (int) Math.min(rest, Math.min(window, stream.window));
      if (length <= 0) {
        held.add(stream);
        return;
      }
      boolean last = stream.offset + length == message.length;
      ByteBuf to = out.get();
      Http2.frame(to, length, Http2.DATA, last ? Http2.END_STREAM : 0, stream.id);
      to.writeBytes(message, stream.offset, length);
      stream.offset += length;
      stream.window -= length;
      window -= length;
    }
  }

  /** Sends no more of a message. True if there was more. */
  boolean stop(GrpcStream stream) {
    return held.remove(stream);
  }

  /** The server changes the window of all streams, those that are open too. */
  void streamWindow(int size, Iterable<GrpcStream> open) {
    for (GrpcStream stream : open) {
      stream.window += size - streamWindow;
    }
    streamWindow = size;
    sendHeld();
  }

  /** The server takes more on the connection. */
  void more(int bytes) {
    window += bytes;
    sendHeld();
  }

  /** The server takes more on a stream. */
  void more(GrpcStream stream, int bytes) {
    stream.window += bytes;
    sendHeld();
  }

  private void sendHeld() {
    for (int i = held.size(); i > 0; i--) {
      send(held.remove());
    }
  }
}
