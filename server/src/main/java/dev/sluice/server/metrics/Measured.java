package dev.sluice.server.metrics;

import dev.sluice.batching.CallObserver;
import dev.sluice.batching.CallObserver.Stage;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way, as its meter sees it: each step is told once, in the order of the methods,
 * and the last one is either {@link #encoded} or {@link #failed}.
 *
 * <p>It is a base of what a request has in any case, so that nothing is allocated for metrics. The
 * clock is read at each step but those at which the scheduler has read it. Where the request is
 * traced, its trace is told the same.
 *
 * <p><b>Threading.</b> Used by one thread after another, but that runs of parts of one request may
 * end at the same moment: then the end of either is taken for that of both.
 */
public abstract class Measured implements CallObserver {

  private final Meter meter;
  private final long begunNanos;
  private long decodedNanos;

  /** When its last run ended; then, where nobody told, when its outputs were seen. */
  private long ranNanos;

  private boolean ranIsKnown;
  private @Nullable RequestTrace trace;

  /**
   * A request whose signature is known.
   *
   * @param begunNanos when it came, in terms of {@link System#nanoTime}
   */
  protected Measured(Meter meter, long begunNanos) {
    this.meter = meter;
    this.begunNanos = begunNanos;
  }

  /** To be called first; null where the request is not traced. */
  protected final void traced(@Nullable RequestTrace of) {
    trace = of;
  }

  /** Null where the request is not traced. */
  protected final @Nullable RequestTrace trace() {
    return trace;
  }

  /** Learns how long the request waits and runs. */
  protected final CallObserver observer() {
    return trace == null ? this : trace.beside(this);
  }

  @Override
  public final void observe(Stage stage, long nanos) {
    meter.observe(stage, nanos);
  }

  @Override
  public final void observeRun(Run run) {
    ranNanos = run.endNanos();
    ranIsKnown = true;
    meter.observe(Stage.RUN, run.nanos());
  }

  /** Its tensors are there; the run is asked for now. */
  protected final void decoded(long nowNanos) {
    decodedNanos = nowNanos;
    if (meter.counts()) {
      meter.begun();
      meter.decoded(nowNanos - begunNanos);
    }
    if (trace != null) {
      trace.stage(Stage.DECODE, begunNanos, nowNanos);
    }
  }

  /** Its outputs are there. */
  protected final void ran() {
    if (meter.counts() || trace != null) {
      if (!ranIsKnown) {
        ranNanos = System.nanoTime();
      }
      meter.ran(ranNanos - decodedNanos);
    }
  }

  /**
   * The bytes of its answer are there, to be sent next.
   *
   * @param told OK, or what the client is told instead as the outputs could not be encoded
   */
  public final void encoded(StatusCode told) {
    if (!meter.counts() && trace == null) {
      return;
    }
    if (told == StatusCode.OK) {
      long now = System.nanoTime();
      meter.answered(now - ranNanos, now - begunNanos);
      if (trace != null) {
        trace.stage(Stage.ENCODE, ranNanos, now);
      }
    } else {
      meter.failed(told);
    }
  }

  /** It has no outputs. */
  protected final void failed(StatusCode told) {
    meter.failed(told);
  }
}
