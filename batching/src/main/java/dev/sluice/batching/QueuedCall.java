package dev.sluice.batching;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call on its way through an automatic queue: its size, its place among those that wait, its
 * alarm. One object for all, since there may be a hundred thousand of them in a second.
 *
 * <p><b>Threading.</b> The fields that are not final are guarded by the lock of the queue, apart
 * from the pieces, which belong to the runner that has the call.
 */
final class QueuedCall extends DeadlineWheel.Alarm implements Consumer<Call.State> {

  final Call call;
  final AutomaticQueue queue;
  final long sinceNanos;

  /** How many rows it has; 0 if it can't share a run. */
  final long rows;

  final double elements;

  long bytes;
  double cost;
  double expectedWait;

  boolean linked;
  @Nullable QueuedCall previous;
  @Nullable QueuedCall next;
  WaitingCalls.@Nullable Lane lane;
  @Nullable QueuedCall previousInLane;
  @Nullable QueuedCall nextInLane;

  /** What has been run of it, where it is run in pieces. */
  volatile @Nullable Pieces pieces;

  QueuedCall(Call call, AutomaticQueue queue, long sinceNanos) {
    this.call = call;
    this.queue = queue;
    this.sinceNanos = sinceNanos;
    this.rows = RowShape.rows(call.request().inputs());
    this.elements = RowShape.elements(call.request().inputs());
  }

  /** Rows as they are counted: a call without a first axis is one. */
  long countedRows() {
    return Math.max(1, rows);
  }

  /** Its deadline has passed. */
  @Override
  void ring() {
    queue.expire(this);
  }

  /** It was answered, in this state. */
  @Override
  public void accept(Call.State before) {
    queue.answered(this, before);
  }
}
