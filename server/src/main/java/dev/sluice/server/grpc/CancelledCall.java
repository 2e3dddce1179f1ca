package dev.sluice.server.grpc;

import org.jspecify.annotations.Nullable;

/**
 * Brings a client's cancellation to what was begun for it, whichever of the two comes first.
 * Thread-safe.
 */
final class CancelledCall implements Runnable {

  private @Nullable Runnable ending;
  private boolean cancelled;

  /** What a cancellation does; at once if it has come already. */
  void bind(Runnable end) {
    synchronized (this) {
      ending = end;
      if (!cancelled) {
        return;
      }
    }
    end.run();
  }

  /** The client has cancelled. */
  @Override
  public void run() {
    Runnable end;
    synchronized (this) {
      cancelled = true;
      end = ending;
    }
    if (end != null) {
      end.run();
    }
  }
}
