package dev.sluice.batching;

import dev.sluice.status.StatusException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The tasks that wait for the same kind of run, in batches, by the rules of TensorFlow Serving.
 *
 * <p>There is always one open batch, the last; tasks are added to it until one does not fit, which
 * opens the next. The first batch is ready when another follows it, when it is full, or when its
 * first task has waited for the timeout. A task is its rows; with splitting, each of its pieces
 * lies in a batch of its own.
 *
 * <p>Knows no clock, no lock and no thread: whoever calls says what time it is, in terms of {@link
 * System#nanoTime}, and is alone.
 *
 * @param <T> what a task is
 */
final class BatchQueue<T> {

  /** Rows of a task, next to each other: all, or with splitting some. */
  record Piece<T>(T task, long from, long rows) {}

  /** What runs together. */
  static final class Batch<T> {
    private final List<Piece<T>> pieces = new ArrayList<>();
    private long rows;
    private long sinceNanos;

    private Batch() {}

    /** In the order of their arrival. */
    List<Piece<T>> pieces() {
      return Collections.unmodifiableList(pieces);
    }

    long rows() {
      return rows;
    }
  }

  /** A task that has to wait for room. */
  private record Waiting<T>(T task, long rows) {}

  /** A batch that waits longer than this is not distinguished from one that waits for ever. */
  private static final long LONGEST_WAIT_NANOS = TimeUnit.DAYS.toNanos(365);

  private final BatchingParameters parameters;
  private final Deque<Batch<T>> batches = new ArrayDeque<>();
  private final Deque<Waiting<T>> line = new ArrayDeque<>();

  BatchQueue(BatchingParameters parameters) {
    this.parameters = parameters;
    batches.add(new Batch<>());
  }

  /** Refuses a task that no batch may ever hold. */
  static void checkSize(BatchingParameters parameters, long rows) {
    if (rows > parameters.maxBatchSize()) {
      throw StatusException.invalidArgument(
          "Task size %d is larger than maximum input batch size %d",
          rows, parameters.maxBatchSize());
    }
  }

  /** Whether a task of this size may be added now. */
  boolean hasRoom(long rows) {
    if (!line.isEmpty()) {
      return false; // those in line were first
    }
    return fits(rows);
  }

  private boolean fits(long rows) {
    return parameters.largeBatchSplitting()
        ? rows <= capacity(batches.size(), open().rows)
        : open().rows + rows <= parameters.maxBatchSize()
            || batches.size() < parameters.queueLimit();
  }

  /** Whether a task of this size could be added if nothing waited. */
  boolean hasRoomWhenEmpty(long rows) {
    return !parameters.largeBatchSplitting() || rows <= capacity(1, 0);
  }

  private long capacity(long waitingBatches, long openRows) {
    long limit = parameters.executionLimit();
    long further = parameters.queueLimit() - waitingBatches;
    long room = limit - openRows;
    return further > (Long.MAX_VALUE - room) / limit ? Long.MAX_VALUE : further * limit + room;
  }

  /** What a task of this size is told where there is no room. */
  StatusException full(long rows) {
    return parameters.largeBatchSplitting()
        ? StatusException.unavailable(
            "The batch scheduling queue to which this task was submitted is full; task size is %d"
                + " but scheduling capacity is only %d (num_enqueued_batches=%d,"
                + " max_enqueued_batches=%d, open_batch_size=%d, max_execution_batch_size=%d)",
            rows,
            capacity(batches.size(), open().rows),
            batches.size(),
            parameters.queueLimit(),
            open().rows,
            parameters.executionLimit())
        : StatusException.unavailable(
            "The batch scheduling queue to which this task was submitted is full; currently %d"
                + " batches enqueued and max_enqueued_batches is %d",
            batches.size(), parameters.queueLimit());
  }

  /** Adds a task for which there {@link #hasRoom is room}; it has come now. */
  void add(T task, long rows, long now) {
    long limit = parameters.executionLimit();
    long from = 0;
    do {
      long left = rows - from;
      long room = limit - open().rows;
      if (room < left && (room == 0 || !parameters.largeBatchSplitting())) {
        batches.add(new Batch<>());
        room = limit;
      }
      long size = Math.min(left, room);
      put(new Piece<>(task, from, size), now);
      from += size;
    } while (from < rows);
  }

  private void put(Piece<T> piece, long now) {
    Batch<T> open = open();
    if (open.pieces.isEmpty()) {
      open.sinceNanos = now;
    }
    open.pieces.add(piece);
    open.rows += piece.rows();
  }

  /** Lets a task wait until there is room for it; it counts as one that comes then. */
  void addToLine(T task, long rows) {
    line.add(new Waiting<>(task, rows));
  }

  /** Whether nothing waits here. */
  boolean isEmpty() {
    return batches.getFirst().pieces.isEmpty();
  }

  /** Whether the first batch may run. */
  boolean isReady(long now) {
    return isComplete() || (!isEmpty() && now - readyNanos() >= 0);
  }

  /** Whether the first batch may run whatever time it is. */
  private boolean isComplete() {
    return batches.size() > 1 || (!isEmpty() && open().rows >= parameters.executionLimit());
  }

  /** When the first batch may run even if nothing is added to it. There must be one. */
  long readyNanos() {
    long timeout = TimeUnit.MICROSECONDS.toNanos(parameters.batchTimeoutMicros());
    return batches.getFirst().sinceNanos + Math.min(timeout, LONGEST_WAIT_NANOS);
  }

  /** Takes the first batch out, ready or not, and lets in who waits in line. */
  Batch<T> take(long now) {
    Batch<T> batch = batches.removeFirst();
    if (batches.isEmpty()) {
      batches.add(new Batch<>());
    }
    for (Waiting<T> next = line.peek(); next != null && fits(next.rows()); next = line.peek()) {
      line.remove();
      add(next.task(), next.rows(), now);
    }
    return batch;
  }

  private Batch<T> open() {
    return batches.getLast();
  }
}
