package dev.sluice.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.StatusException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the bytes of all requests that are in the server, of both protocols, and of the answers
 * that have not left it. A request is asked for its bytes before it is read, so that what comes at
 * once is bounded; what is more is refused, to be sent again later. Thread-safe.
 */
public final class InFlightBytes {

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder refusals = new LongAdder();

  /**
   * @param limit most bytes at a time, at least 1
   */
  public InFlightBytes(long limit) {
    this.limit = limit;
  }

  /** How many bytes are counted now. */
  public long used() {
    return used.get();
  }

  /** How many there may be. */
  public long limit() {
    return limit;
  }

  /** How often bytes were refused so far. */
  public long refusals() {
    return refusals.sum();
  }

  /** For a request that begins; one holder has it. */
  public Lease lease() {
    return new Lease();
  }

  private void take(long own, long more) {
    if (own + more > limit) {
      refusals.increment();
      throw StatusException.resourceExhausted(
          "the request has %d bytes or more, and --max_inflight_bytes allows %d for all requests"
              + " together",
          own + more, limit);
    }
    long now;
    do {
      now = used.get();
      if (now + more > limit) {
        refusals.increment();
        throw StatusException.unavailable(
            "requests of %d bytes are in flight, and %d more would be above the %d that"
                + " --max_inflight_bytes allows; retry later",
            now, more, limit);
      }
    } while (!used.compareAndSet(now, now + more));
  }

  /** What one request takes, until its last holder has released it. Thread-safe. */
  public final class Lease {

    @GuardedBy("this") private long bytes;

    @GuardedBy("this") private int holders = 1;

    private Lease() {}

    /**
     * Counts bytes that are about to come.
     *
     * @throws StatusException UNAVAILABLE if there is no room for them now, RESOURCE_EXHAUSTED if
     *     there never is; then they are not counted
     */
    public synchronized void take(long more) {
      InFlightBytes.this.take(bytes, more);
      bytes += more;
    }

    /** Counts bytes that are there already, whether there is room or not: those of an answer. */
    public synchronized void add(long more) {
      bytes += more;
      used.addAndGet(more);
    }

    /**
     * A further holder.
     *
     * @return releases it; the second time does nothing
     */
    public synchronized Runnable share() {
      holders++;
      AtomicBoolean released = new AtomicBoolean();
      return () -> {
        if (released.compareAndSet(false, true)) {
          release();
        }
      };
    }

    /** A holder needs it no more. To be called once by each. */
    public synchronized void release() {
      holders--;
      if (holders == 0) {
        used.addAndGet(-bytes);
        bytes = 0;
      }
    }
  }
}
