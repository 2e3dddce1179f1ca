package dev.sluice.batching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one queue that wait for a run, in the order of their arrival, and within that order
 * by what their rows look like: only equal ones may share a run. Each call is in two linked lists,
 * so taking a batch and leaving from the middle cost the same however many wait, and however many
 * shapes there are. The oldest call of all is always run next; those of its shape may come with it.
 *
 * <p><b>Threading.</b> None: its queue guards it.
 */
final class WaitingCalls {

  /** The waiting calls with rows of one shape. */
  static final class Lane {
    private final RowShape shape;
    private @Nullable QueuedCall first;
    private @Nullable QueuedCall last;

    Lane(RowShape shape) {
      this.shape = shape;
    }
  }

  /** No batch is gathered that is larger: the copy would take as much memory again. */
  private static final long MOST_BYTES = 64L << 20;

  private final Map<RowShape, Lane> lanes = new HashMap<>();
  private @Nullable Lane latest;
  private @Nullable QueuedCall first;
  private @Nullable QueuedCall last;
  private int count;
  private long bytes;
  private double cost;
  private double elements;

  int count() {
    return count;
  }

  long bytes() {
    return bytes;
  }

  double elements() {
    return elements;
  }

  /** What all of them will cost, as was expected when they came. */
  double cost() {
    return count == 0 ? 0 : Math.max(0, cost);
  }

  /** The one that has waited longest; null if none does. */
  @Nullable QueuedCall first() {
    return first;
  }

  /** Lets a call wait, behind all others. */
  void add(QueuedCall entry) {
    entry.linked = true;
    entry.previous = last;
    if (last == null) {
      first = entry;
    } else {
      last.next = entry;
    }
    last = entry;
    count++;
    bytes += entry.bytes;
    cost += entry.cost;
    elements += entry.elements;
    if (entry.rows > 0 && entry.pieces == null) {
      addToLane(entry, laneOf(entry));
    }
  }

  private Lane laneOf(QueuedCall entry) {
    Lane known = latest;
    if (known == null || !known.shape.fits(entry.call.request().inputs())) {
      known = lanes.computeIfAbsent(new RowShape(entry.call.request().inputs()), Lane::new);
      latest = known;
    }
    return known;
  }

  private static void addToLane(QueuedCall entry, Lane lane) {
    entry.lane = lane;
    entry.previousInLane = lane.last;
    if (lane.last == null) {
      lane.first = entry;
    } else {
      lane.last.nextInLane = entry;
    }
    lane.last = entry;
  }

  /** Takes a call out that may be among them. False if it is not. */
  boolean remove(QueuedCall entry) {
    if (!entry.linked) {
      return false;
    }
    entry.linked = false;
    QueuedCall before = entry.previous;
    QueuedCall after = entry.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    entry.previous = null;
    entry.next = null;
    count--;
    bytes -= entry.bytes;
    elements -= entry.elements;
    cost = count == 0 ? 0 : cost - entry.cost;
    removeFromLane(entry);
    return true;
  }

  private void removeFromLane(QueuedCall entry) {
    Lane lane = entry.lane;
    if (lane == null) {
      return;
    }
    QueuedCall before = entry.previousInLane;
    QueuedCall after = entry.nextInLane;
    if (before == null) {
      lane.first = after;
    } else {
      before.nextInLane = after;
    }
    if (after == null) {
      lane.last = before;
    } else {
      after.previousInLane = before;
    }
    entry.lane = null;
    entry.previousInLane = null;
    entry.nextInLane = null;
    if (lane.first == null) {
      lanes.remove(lane.shape);
      latest = lane == latest ? null : latest;
    }
  }

  /**
   * Takes the oldest call, and those that may share its run, in order, as long as the run stays
   * within the limit and no member would miss its deadline by the others' doing.
   *
   * @param limit the most elements for a run of several; the oldest call is taken whatever its size
   * @return empty if none waits
   */
  List<QueuedCall> take(Plan plan, double limit, long now) {
    List<QueuedCall> taken = new ArrayList<>();
    QueuedCall entry = first;
    double together = 0;
    long size = 0;
    long patience = Long.MAX_VALUE;
    while (entry != null) {
      together += entry.elements;
      size += entry.bytes;
      patience = Math.min(patience, left(entry, now));
      boolean fits = together <= limit && size <= MOST_BYTES;
      if (!taken.isEmpty() && !(fits && plan.best().nanos(together) <= patience)) {
        break;
      }
      QueuedCall follower = plan.merging() ? entry.nextInLane : null;
      remove(entry);
      taken.add(entry);
      entry = follower;
    }
    return taken;
  }

  private static long left(QueuedCall entry, long now) {
    long deadline = entry.call.deadlineNanos();
    return deadline == Call.NO_DEADLINE ? Long.MAX_VALUE : deadline - now;
  }
}
