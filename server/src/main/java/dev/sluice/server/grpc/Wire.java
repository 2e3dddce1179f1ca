package dev.sluice.server.grpc;

import dev.sluice.protocol.WireBytes;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Detachable;
import io.grpc.Drainable;
import io.grpc.ForwardingServerCallListener;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes: a request keeps the transport's buffers until somebody reads it, an answer is
 * written as it is.
 */
final class Wire {

  private Wire() {}

  /**
   * A request that was received but not read. It holds the transport's buffers until it was read or
   * is closed, whichever comes first; the other then does nothing. Thread-safe.
   */
  static final class Message implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    private final InputStream buffers;
    private final int size;
    private final boolean compressed;
    private final AtomicBoolean taken = new AtomicBoolean();
    private InFlightBytes.@Nullable Lease lease;

    private Message(InputStream buffers, int size, boolean compressed) {
      this.buffers = buffers;
      this.size = size;
      this.compressed = compressed;
    }

    /** True iff it can be read where it was received, as there is little to do. */
    boolean isSmall() {
      return !compressed && size <= Decoders.IN_LOOP_BYTES;
    }

    /** What counts its bytes. */
    InFlightBytes.Lease lease() {
      return Objects.requireNonNull(lease);
    }

    /**
     * Has the message read and gives the buffers back.
     *
     * @param reader gets the bytes, which are valid until it returns
     * @throws StatusException CANCELLED if it was closed before, UNAVAILABLE if there is no room
     *     for what it inflates to, INVALID_ARGUMENT if it does not inflate
     */
    void read(Consumer<WireBytes> reader) {
      if (!taken.compareAndSet(false, true)) {
        throw StatusException.of(StatusCode.CANCELLED, "the call ended before it was read");
      }
      try (buffers) {
        reader.accept(bytes());
      } catch (IOException failure) {
        throw StatusException.invalidArgument(
            "Malformed request: its bytes cannot be read: %s", failure.getMessage());
      }
    }

    private WireBytes bytes() throws IOException {
      if (compressed) {
        return WireBytes.of(inflated());
      }
      boolean inPlace =
          size > Decoders.IN_LOOP_BYTES
              && buffers.markSupported()
              && buffers instanceof HasByteBuffer direct
              && direct.byteBufferSupported();
      return inPlace ? WireBytes.of(pieces()) : WireBytes.of(buffers.readNBytes(size));
    }

    /** The buffers themselves. Those that were passed over stay because of the mark. */
    private List<ByteBuffer> pieces() throws IOException {
      List<ByteBuffer> pieces = new ArrayList<>();
      buffers.mark(size);
      for (int at = 0; at < size; ) {
        ByteBuffer piece = Objects.requireNonNull(((HasByteBuffer) buffers).getByteBuffer());
        pieces.add(piece);
        buffers.skipNBytes(piece.remaining());
        at += piece.remaining();
      }
      return pieces;
    }

    private byte[] inflated() throws IOException {
      ByteArrayOutputStream inflated = new ByteArrayOutputStream(CHUNK);
      byte[] chunk = new byte[CHUNK];
      int count = buffers.readNBytes(chunk, 0, CHUNK);
      while (count > 0) {
        lease().take(count);
        inflated.write(chunk, 0, count);
        count = buffers.readNBytes(chunk, 0, CHUNK);
      }
      return inflated.toByteArray();
    }

    /** Gives the buffers back unread. */
    @Override
    public void close() {
      if (taken.compareAndSet(false, true)) {
        try {
          buffers.close();
        } catch (IOException failure) {
          throw new UncheckedIOException(failure);
        }
      }
    }
  }

  /**
   * Only detaches the buffers, so that an event loop does no work on a large message, and inflates
   * none.
   */
  static final MethodDescriptor.Marshaller<Message> REQUEST =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Message message) {
          throw new IllegalStateException("requests are only received");
        }

        @Override
        public Message parse(InputStream stream) {
          try {
            if (stream instanceof KnownLength && stream instanceof Detachable detachable) {
              int size = stream.available();
              return new Message(detachable.detach(), size, false);
            }
            Inflating.keep(stream);
            return new Message(stream, 0, true);
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        }
      };

  /**
   * Sees to it that a message is counted from when it is announced until its call has ended, and
   * given back when the call ends before anybody read it.
   *
   * @param most how long a message may be, however much room there is
   */
  static <T> ServerCallHandler<Message, T> owning(
      InFlightBytes budget, int most, ServerCallHandler<Message, T> handler) {
    return (call, headers) -> {
      InFlightBytes.Lease lease = budget.lease();
      Admission.announce(new Inbound(call, lease, most));
      return new Owner(handler.startCall(call, headers), lease);
    };
  }

  private static final class Owner
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Message> {
    private final InFlightBytes.Lease lease;
    private @Nullable Message message;

    Owner(ServerCall.Listener<Message> listener, InFlightBytes.Lease lease) {
      super(listener);
      this.lease = lease;
    }

    @Override
    public void onMessage(Message received) {
      received.lease = lease;
      if (message == null) {
        message = received;
        super.onMessage(received);
      } else {
        received.close(); // one too many; the call is refused for it
        super.onMessage(received);
      }
    }

    @Override
    public void onCancel() {
      super.onCancel();
      giveBack();
    }

    @Override
    public void onComplete() {
      super.onComplete();
      giveBack();
    }

    private void giveBack() {
      if (message != null) {
        message.close();
      }
      lease.release();
    }
  }

  /** An answer that is written when it is sent. Used by one thread. */
  interface Reply {

    /** How many bytes it has. */
    int size();

    /** Writes just as many. */
    void writeTo(OutputStream target) throws IOException;

    /** An answer that is in an array already. */
    static Reply of(byte[] bytes) {
      return new Reply() {
        @Override
        public int size() {
          return bytes.length;
        }

        @Override
        public void writeTo(OutputStream target) throws IOException {
          target.write(bytes);
        }
      };
    }
  }

  static final MethodDescriptor.Marshaller<Reply> RESPONSE =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Reply reply) {
          return new Drained(reply);
        }

        @Override
        public Reply parse(InputStream stream) {
          throw new IllegalStateException("answers are only sent");
        }
      };

  /**
   * Tells grpc the length, and is written by the reply into the transport's buffers without being
   * gathered first. Grpc never reads it in another way.
   */
  private static final class Drained extends InputStream implements KnownLength, Drainable {
    private final Reply reply;
    private boolean drained;

    Drained(Reply reply) {
      this.reply = reply;
    }

    @Override
    public int available() {
      return drained ? 0 : reply.size();
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      if (drained) {
        return 0;
      }
      drained = true;
      reply.writeTo(target);
      return reply.size();
    }

    @Override
    public int read() {
      throw new IllegalStateException("an answer is drained, not read");
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return read();
    }
  }
}
