package dev.sluice.batching;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An observer that remembers what it was told, as texts. */
final class RecordedBatches implements BatchObserver {

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<Long> queuedNanos = new CopyOnWriteArrayList<>();

  /** All but the times in queues. */
  List<String> events() {
    return events;
  }

  List<Long> queuedNanos() {
    return queuedNanos;
  }

  @Override
  public void queued(long nanos) {
    queuedNanos.add(nanos);
  }

  @Override
  public void processed(long rows) {
    events.add("processed " + rows);
  }

  @Override
  public void filled(long rows, long executionSize) {
    events.add("filled " + rows + " to " + executionSize);
  }

  @Override
  public void input(long rows) {
    events.add("input " + rows);
  }

  @Override
  public void ran() {
    events.add("ran");
  }
}
