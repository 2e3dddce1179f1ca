package dev.sluice.server.grpc;

import io.grpc.Detachable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Messages as bytes: a request keeps the transport's buffers until somebody reads it, an answer is
 * written as it is.
 */
final class Wire {

  private Wire() {}

  /** A request that was received but not read. Whoever gets it calls {@link #bytes} once. */
  static final class Message {
    private final InputStream buffers;
    private final int size;

    private Message(InputStream buffers, int size) {
      this.buffers = buffers;
      this.size = size;
    }

    /** How many bytes it has. */
    int size() {
      return size;
    }

    /** Copies the message out and gives the transport's buffers back. */
    byte[] bytes() {
      try (buffers) {
        return buffers.readNBytes(size);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  /** Only detaches the buffers, so that an event loop does no work on a large message. */
  static final MethodDescriptor.Marshaller<Message> REQUEST =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Message message) {
          throw new IllegalStateException("requests are only received");
        }

        @Override
        public Message parse(InputStream stream) {
          try {
            int size = stream.available(); // exact for a KnownLength stream, which grpc passes
            return new Message(
                stream instanceof Detachable detachable ? detachable.detach() : stream, size);
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        }
      };

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

  /** Tells grpc the length, so that it writes the message without gathering it first. */
  private static final class Known extends ByteArrayInputStream implements KnownLength {
    Known(byte[] bytes) {
      super(bytes);
    }
  }
}
