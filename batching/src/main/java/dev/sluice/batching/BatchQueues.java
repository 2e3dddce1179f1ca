package dev.sluice.batching;

import dev.sluice.batching.BatchQueue.Batch;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All queues of a scheduler, and whose turn it is: those with a batch that may run take turns, one
 * batch each, and the others are kept by when theirs may.
 *
 * <p>A queue is there for as long as something waits in it. So clients, who choose its key by the
 * outputs that they ask for, can't have more queues kept than they have requests waiting.
 *
 * <p>Knows no clock, no lock and no thread, as {@link BatchQueue} does not.
 *
 * @param <K> what tasks must have in common to share a run
 * @param <T> what a task is
 */
final class BatchQueues<K, T> {

  /** A batch that is to run now. */
  record Taken<K, T>(K key, Batch<T> batch) {}

  /** A queue, and where it stands in the order. */
  private static final class Member<K, T> {
    final K key;
    final BatchQueue<T> queue;
    boolean isReady;

    Member(K key, BatchQueue<T> queue) {
      this.key = key;
      this.queue = queue;
    }

    long readyNanos() {
      return queue.readyNanos();
    }
  }

  private final Function<K, BatchingParameters> parameters;
  private final Map<K, Member<K, T>> members = new HashMap<>();
  private final Deque<Member<K, T>> ready = new ArrayDeque<>();
  private final PriorityQueue<Member<K, T>> maturing =
      new PriorityQueue<>(byDifference(Member::readyNanos));
  private boolean flushing;

  /**
   * @param parameters those of the queue with a key, the same each time
   */
  BatchQueues(Function<K, BatchingParameters> parameters) {
    this.parameters = parameters;
  }

  /** Moments of a clock that may wrap around can't be compared, their difference can. */
  private static <M> Comparator<M> byDifference(ToLongFunction<M> nanos) {
    return (a, b) -> Long.signum(nanos.applyAsLong(a) - nanos.applyAsLong(b));
  }

  /**
   * Adds a task that comes now.
   *
   * @param mayWait whether a task for which there is no room waits until there is
   * @throws dev.sluice.status.StatusException UNAVAILABLE if there is no room and it may not wait
   */
  void add(K key, T task, long rows, long now, boolean mayWait) {
    Member<K, T> known = members.get(key);
    BatchQueue<T> queue = known == null ? new BatchQueue<>(parameters.apply(key)) : known.queue;
    if (!queue.hasRoom(rows)) {
      if (!mayWait || !queue.hasRoomWhenEmpty(rows)) {
        throw queue.full(rows);
      }
      queue.addToLine(task, rows);
      return;
    }
    queue.add(task, rows, now);
    if (known == null) {
      Member<K, T> member = new Member<>(key, queue);
      members.put(key, member);
      place(member, now);
    } else if (!known.isReady && isReady(known, now)) {
      maturing.remove(known);
      place(known, now);
    }
  }

  private void place(Member<K, T> member, long now) {
    member.isReady = isReady(member, now);
    if (member.isReady) {
      ready.add(member);
    } else {
      maturing.add(member);
    }
  }

  private boolean isReady(Member<K, T> member, long now) {
    return flushing || member.queue.isReady(now);
  }

  /** Takes the batch whose turn it is; null if none may run yet. */
  @Nullable Taken<K, T> poll(long now) {
    while (nanosToNext(now) == 0) {
      place(maturing.remove(), now);
    }
    Member<K, T> next = ready.poll();
    if (next == null) {
      return null;
    }
    Batch<T> batch = next.queue.take(now);
    if (next.queue.isEmpty()) {
      members.remove(next.key);
    } else {
      place(next, now);
    }
    return new Taken<>(next.key, batch);
  }

  /** In how many nanoseconds the next batch matures; {@link Long#MAX_VALUE} if there is none. */
  long nanosToNext(long now) {
    Member<K, T> next = maturing.peek();
    return next == null ? Long.MAX_VALUE : Math.max(0, next.readyNanos() - now);
  }

  /** Whether a batch may run now of those that had to wait for nothing. */
  boolean hasReady() {
    return !ready.isEmpty();
  }

  /** Whether nothing waits. */
  boolean isEmpty() {
    return members.isEmpty();
  }

  /** From now on no batch waits for company. */
  void flush() {
    flushing = true;
    maturing.forEach(member -> member.isReady = true);
    ready.addAll(maturing);
    maturing.clear();
  }
}
