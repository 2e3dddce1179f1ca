package dev.sluice.server.grpc;

import dev.sluice.batching.Call;
import org.jspecify.annotations.Nullable;

/** Brings a client's cancellation to the call, whichever of the two comes first. Thread-safe. */
final class CancelledCall implements Runnable {

  private @Nullable Call call;
  private boolean cancelled;

  /** The call that a cancellation ends; at once if it has come already. */
  void bind(Call started) {
    synchronized (this) {
      call = started;
      if (!cancelled) {
        return;
      }
    }
    started.cancel();
  }

  /** The client has cancelled. */
  @Override
  public void run() {
    Call started;
    synchronized (this) {
      cancelled = true;
      started = call;
    }
    if (started != null) {
      started.cancel();
    }
  }
}
