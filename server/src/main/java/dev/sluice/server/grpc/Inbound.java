package dev.sluice.server.grpc;

import dev.sluice.server.InFlightBytes;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.netty.buffer.ByteBuf;

/**
 * What a client announces to send in a call. Each message has its length before it, so this reads
 * the lengths as the bytes go by, and ends the call where there is no room for a message: at its
 * first frame, with the rest of it unread. Belongs to the connection's event loop.
 */
final class Inbound {

  private static final int PREFIX = 5;

  private final ServerCall<?, ?> call;
  private final InFlightBytes.Lease lease;
  private final long most;
  private int seen;
  private long length;
  private long left;
  private boolean refused;

  /**
   * @param most how long a message may be, however much room there is
   */
  Inbound(ServerCall<?, ?> call, InFlightBytes.Lease lease, long most) {
    this.call = call;
    this.lease = lease;
    this.most = most;
  }

  /** False if the call has been refused, so that nobody wants these bytes. */
  boolean admits(ByteBuf data) {
    int at = data.readerIndex();
    int end = data.writerIndex();
    while (at < end && !refused) {
      if (left > 0) {
        int passed = (int) Math.min(left, end - at);
        left -= passed;
        at += passed;
      } else {
        prefix(data.getByte(at++));
      }
    }
    return !refused;
  }

  /** The flag of compression, then the length. */
  private void prefix(byte next) {
    if (seen > 0) {
      length = (length << Byte.SIZE) | (next & 0xFF);
    }
    seen++;
    if (seen == PREFIX) {
      admit(length);
      left = length;
      seen = 0;
      length = 0;
    }
  }

  private void admit(long bytes) {
    try {
      if (bytes > most) {
        throw StatusException.resourceExhausted(
            "message of %d bytes, this method takes at most %d", bytes, most);
      }
      lease.take(bytes);
    } catch (StatusException refusal) {
      refused = true;
      call.close(GrpcStatuses.exception(Status.of(refusal)).getStatus(), new Metadata());
    }
  }
}
