package dev.sluice.server.grpc;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.grpc.Detachable;
import io.grpc.Drainable;
import io.grpc.ForwardingServerCallListener;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes: a request keeps the transport's buffers until somebody reads it, an answer is
 * written as it is.
 */
final class Wire {

  private Wire() {}

  /**
   * A request that was received but not read. It holds the transport's buffers until it is read or
   * closed, whichever comes first; the other then does nothing. Thread-safe.
   */
  static final class Message implements AutoCloseable {
    private final InputStream buffers;
    private final int size;
    private final AtomicBoolean taken = new AtomicBoolean();

    private Message(InputStream buffers, int size) {
      this.buffers = buffers;
      this.size = size;
    }

    /** How many bytes it has. */
    int size() {
      return size;
    }

    /**
     * Copies the message out and gives the buffers back.
     *
     * @throws StatusException CANCELLED if it was closed before
     */
    byte[] bytes() {
      if (!taken.compareAndSet(false, true)) {
        throw StatusException.of(StatusCode.CANCELLED, "the call ended before it was read");
      }
      try (buffers) {
        return buffers.readNBytes(size);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
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
   * Only detaches the buffers, so that an event loop does no work on a large message. A compressed
   * message has no buffers to detach and is read at once.
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
              return new Message(detachable.detach(), size);
            }
            byte[] bytes = stream.readAllBytes();
            return new Message(new ByteArrayInputStream(bytes), bytes.length);
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        }
      };

  /** Sees to it that a message is given back when its call ends before anybody read it. */
  static <T> ServerCallHandler<Message, T> owning(ServerCallHandler<Message, T> handler) {
    return (call, headers) -> new Owner(handler.startCall(call, headers));
  }

  private static final class Owner
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Message> {
    private @Nullable Message message;

    Owner(ServerCall.Listener<Message> listener) {
      super(listener);
    }

    @Override
    public void onMessage(Message received) {
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
    }
  }

  static final MethodDescriptor.Marshaller<byte[]> RESPONSE =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] bytes) {
          return new Known(bytes);
        }

        @Override
        public byte[] parse(InputStream stream) {
          throw new IllegalStateException("answers are only sent");
        }
      };

  /**
   * Tells grpc the length, so that it writes the message without gathering it first, and hands it
   * over as a whole, so that it is not copied by way of another array.
   */
  private static final class Known extends ByteArrayInputStream implements KnownLength, Drainable {
    Known(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int size = count - pos;
      target.write(buf, pos, size);
      pos = count;
      return size;
    }
  }
}
