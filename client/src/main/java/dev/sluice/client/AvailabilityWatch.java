package dev.sluice.client;

import dev.sluice.status.StatusCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Looks again and again until a model answers. One look follows the other, so one thread at a time
 * is here; the order of publishing and looking is that of {@link PendingCall}.
 *
 * <p>It looks at the status, which says why a load failed. A label has no status: there it asks for
 * the metadata, which only a version that answers has.
 */
final class AvailabilityWatch implements Connection.Task {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final Duration LEAST = Duration.ofMillis(1);

  private final Connection connection;
  private final RemoteModel model;
  private final ModelChoice choice;
  private final Duration limit;
  private final long end;
  private final CompletableFuture<Long> future = new CompletableFuture<>();

  private volatile @Nullable Future<?> current;

  /** What the looks so far have seen; empty before the first. */
  private volatile String seen = "";

  private AvailabilityWatch(
      Connection connection, RemoteModel model, ModelChoice choice, Duration limit) {
    this.connection = connection;
    this.model = model;
    this.choice = choice;
    this.limit = limit;
    this.end = System.nanoTime() + limit.toNanos();
  }

  static CompletableFuture<Long> start(
      Connection connection, RemoteModel model, ModelChoice choice, Duration limit) {
    AvailabilityWatch watch = new AvailabilityWatch(connection, model, choice, limit);
    connection.beginWatch(watch);
    var _ = watch.future.whenComplete((_, _) -> watch.ended());
    watch.look(FIRST_PAUSE);
    return watch.future;
  }

  @Override
  public boolean cancel() {
    return future.cancel(false);
  }

  private void ended() {
    Future<?> last = current;
    if (last != null) {
      last.cancel(false);
    }
    connection.endWatch(this);
  }

  private void publish(Future<?> next) {
    current = next;
    if (future.isDone()) {
      next.cancel(false);
    }
  }

  private void look(Duration pause) {
    if (future.isDone()) {
      return;
    }
    Duration left = Duration.ofNanos(Math.max(end - System.nanoTime(), LEAST.toNanos()));
    RemoteModel asked = model.deadline(left.compareTo(LOOK) < 0 ? left : LOOK);
    connection.reconnect();
    try {
      if (choice.label() == null) {
        CompletableFuture<List<VersionStatus>> answer = asked.statusAsync();
        publish(answer);
        var _ = answer.whenComplete((states, failure) -> saw(states, failure, pause));
      } else {
        CompletableFuture<ModelMetadata> answer = asked.metadataAsync();
        publish(answer);
        var _ = answer.whenComplete((found, failure) -> found(found, failure, pause));
      }
    } catch (IllegalStateException closed) {
      var _ = future.cancel(false);
    }
  }

  private void saw(
      @Nullable List<VersionStatus> states, @Nullable Throwable failure, Duration pause) {
    if (states == null) {
      missed(failure, pause);
      return;
    }
    for (VersionStatus state : states) {
      if (state.isAvailable()) {
        var _ = future.complete(state.version());
        return;
      }
      if (choice.version() != null && state.isFailed()) {
        fail(StatusCode.FAILED_PRECONDITION, state.toString(), failure);
        return;
      }
    }
    again(states.toString(), pause, failure);
  }

  private void found(@Nullable ModelMetadata found, @Nullable Throwable failure, Duration pause) {
    if (found == null) {
      missed(failure, pause);
    } else {
      var _ = future.complete(found.version());
    }
  }

  /** Nothing to be seen: not yet, unless the server says that it never will be. */
  private void missed(@Nullable Throwable failure, Duration pause) {
    if (!(failure instanceof SluiceException known)) {
      var _ = future.cancel(false); // the client is closed, or this was given up
      return;
    }
    boolean later =
        switch (known.code()) {
          case UNAVAILABLE, NOT_FOUND, DEADLINE_EXCEEDED -> true;
          case INVALID_ARGUMENT -> choice.label() != null; // an unknown label may become known
          default -> false;
        };
    if (later) {
      // The last look has little time; that it had too little says less than what was seen before.
      boolean says = known.code() != StatusCode.DEADLINE_EXCEEDED || seen.isEmpty();
      again(says ? known.text() : seen, pause, known);
    } else {
      var _ = future.completeExceptionally(known);
    }
  }

  private void again(String looked, Duration pause, @Nullable Throwable failure) {
    seen = looked;
    if (System.nanoTime() + pause.toNanos() >= end) {
      fail(
          StatusCode.DEADLINE_EXCEEDED,
          "%s is not available after %d ms: %s".formatted(choice, limit.toMillis(), seen),
          failure);
      return;
    }
    Duration longer = pause.multipliedBy(2);
    Duration next = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    publish(connection.after(pause, () -> look(next)));
  }

  private void fail(StatusCode code, String text, @Nullable Throwable cause) {
    var _ =
        future.completeExceptionally(
            new SluiceException(
                new SluiceException.Failure(code, text, choice.name(), true), cause));
  }
}
