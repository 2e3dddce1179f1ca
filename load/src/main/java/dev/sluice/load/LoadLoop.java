package dev.sluice.load;

import dev.sluice.status.StatusException;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread of a load with its share of the connections: decides when a slot sends, and judges
 * what comes back.
 *
 * <p><b>Time.</b> A request counts if it is <em>due</em> in the measured time: in a closed loop it
 * is due when its slot is free, in an open loop when the {@link Schedule} says so, whether a slot
 * is free or not. Latency runs from there. What is due and finds no slot waits in the schedule,
 * which does not go on until it was sent, or given up after the time-out; so a backlog takes no
 * memory. Rate, bytes and CPU are those of the measured time by the clock, from one snapshot to
 * another.
 *
 * <p><b>Threading.</b> All methods run on the event loop, but for the constructor and those that
 * say otherwise.
 */
final class LoadLoop {

  private enum Phase {
    /** Connections are being opened. */
    CONNECTING,
    /** Requests are sent. */
    SENDING,
    /** All requests were sent; some may wait for their answers. */
    SENT,
    /** Nothing will be sent or counted any more. */
    OVER
  }

  private static final long RETRY_MILLIS = 20;

  private final LoadPlan plan;
  private final Share share;
  private final EventLoop loop;
  private final LoadConnections connections;
  private final CompletableFuture<LoadLoop> connected = new CompletableFuture<>();
  private final CompletableFuture<LoadLoop> finished = new CompletableFuture<>();

  private final Tally tally;
  private final CostWindow window;
  private final ArrayDeque<Slot> free = new ArrayDeque<>();
  private final long timeout;

  private Phase phase = Phase.CONNECTING;
  private @Nullable Schedule schedule;
  private long measuredFrom;
  private long end;
  private int busy;
  private int up;
  private int nextRequest;
  private long pumpAt = Long.MAX_VALUE;

  /**
   * What falls to one thread.
   *
   * @param index which thread, from 0
   * @param of how many there are
   * @param connections how many are its own
   * @param count the most requests it may measure
   */
  record Share(int index, int of, int connections, long count) {}

  /**
   * @param wire opens connections on the thread's event loop
   */
  LoadLoop(LoadPlan plan, Share share, LoadConnections.Wire wire) {
    this.plan = plan;
    this.share = share;
    this.loop = wire.loop();
    this.connections = new LoadConnections(wire);
    this.tally = new Tally(plan.check());
    this.window = new CostWindow(tally);
    this.timeout = plan.timeout().toNanos();
  }

  /**
   * Completes when every connection is up; fails with a {@link StatusException} if one can't be.
   */
  CompletableFuture<LoadLoop> connected() {
    return connected;
  }

  /** Completes when all is counted. */
  CompletableFuture<LoadLoop> finished() {
    return finished;
  }

  LoadPlan plan() {
    return plan;
  }

  Tally tally() {
    return tally;
  }

  /** What went through in the measured time; once {@link #finished}. */
  LoadCost cost() {
    return window.cost();
  }

  void connect() {
    for (int i = 0; i < share.connections(); i++) {
      open();
    }
  }

  /** Starts the clock. */
  void begin(long start) {
    measuredFrom = start + plan.span().warmUp().toNanos();
    end = measuredFrom + plan.span().duration().toNanos();
    phase = Phase.SENDING;
    if (plan.span().warmUp().isZero()) {
      window.open();
    } else {
      at(measuredFrom, window::open);
    }
    at(end, this::atEnd);
    sweepLater();
    if (plan.pace() instanceof LoadPace.Open pace) {
      schedule = new Schedule(pace, start, share.index(), share.of());
    }
    if (share.count() == 0) {
      sent();
    }
    for (LoadConnection connection : connections.all()) {
      connection.slots().forEach(this::ready);
    }
    flushAll();
  }

  /** A connection can take requests. */
  void up(LoadConnection connection) {
    if (phase == Phase.CONNECTING) {
      if (++up == share.connections()) {
        connected.complete(this);
      }
    } else {
      connection.slots().forEach(this::ready);
      flushAll();
    }
  }

  /** A slot can take a request. */
  void ready(Slot slot) {
    if (phase != Phase.SENDING || slot.connection.over()) {
      return;
    }
    if (schedule == null) {
      long now = System.nanoTime();
      if (now >= end) {
        sent();
      } else {
        send(slot, now);
      }
    } else {
      free.add(slot);
      pump(schedule);
    }
  }

  /**
   * An answer came.
   *
   * @param bytes what it says, where that was asked for or the status is not the expected one
   */
  void answered(Slot slot, int status, @Nullable ByteBuffer bytes) {
    long nanos = System.nanoTime() - slot.due;
    slot.connection.answered = true;
    if (nanos > timeout) {
      timedOut(slot);
    } else {
      tally.judge(slot, status, bytes, nanos);
    }
    done(slot);
  }

  /** A connection is no more, or never was. */
  void ended(LoadConnection connection, String why) {
    for (Slot slot : connection.slots()) {
      if (slot.busy) {
        tally.broken(slot, why);
        done(slot);
      }
    }
    connections.remove(connection);
    retire(connection);
    switch (phase) {
      case CONNECTING -> {
        var _ = connected.completeExceptionally(StatusException.unavailable("%s", cannot(why)));
      }
      case SENDING -> {
        if (connection.answered) {
          open();
        } else {
          tally.failure(cannot(why));
          at(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS), this::open);
        }
      }
      case SENT, OVER -> {}
    }
  }

  /** A connection takes no new requests, though it goes on with those it has. */
  void retire(LoadConnection connection) {
    var _ = free.removeAll(connection.slots());
  }

  void flushLater(LoadConnection connection) {
    connections.flushLater(connection);
  }

  void flushAll() {
    connections.flushAll();
  }

  private void open() {
    if (phase == Phase.SENDING || phase == Phase.CONNECTING) {
      connections.open(this);
    }
  }

  private String cannot(String why) {
    return "no connection to " + plan.target().address() + ": " + why;
  }

  /** Sends what is due and finds a slot, gives up what is too old. */
  private void pump(Schedule due) {
    long now = System.nanoTime();
    while (phase == Phase.SENDING && due.next() <= now) {
      if (due.next() >= end) {
        sent();
      } else if (due.next() < now - timeout) {
        notSent(due);
      } else {
        Slot slot = free.poll();
        if (slot == null) {
          return;
        }
        long when = due.next();
        due.advance();
        send(slot, when);
        if (slot.measured) {
          tally.late(now - when);
        }
      }
    }
    pumpLater(due);
  }

  private void pumpLater(Schedule due) {
    if (phase == Phase.SENDING && pumpAt > due.next()) {
      pumpAt = due.next();
      at(
          pumpAt,
          () -> {
            pumpAt = Long.MAX_VALUE;
            pump(due);
            flushAll();
          });
    }
  }

  private void notSent(Schedule due) {
    if (due.next() >= measuredFrom) {
      tally.notSent();
    }
    due.advance();
  }

  private void send(Slot slot, long due) {
    slot.due = due;
    slot.measured = due >= measuredFrom;
    slot.busy = true;
    slot.request = nextRequest;
    nextRequest = nextRequest + 1 == plan.requests().size() ? 0 : nextRequest + 1;
    busy++;
    if (slot.measured && ++tally.sent == share.count()) {
      phase = Phase.SENT;
    }
    slot.connection.send(slot);
  }

  private void timedOut(Slot slot) {
    tally.timedOut(slot, plan.timeout());
  }

  private void done(Slot slot) {
    slot.busy = false;
    busy--;
    if (phase == Phase.SENT && busy == 0) {
      over();
    }
  }

  private void sent() {
    if (phase == Phase.SENDING) {
      phase = Phase.SENT;
      if (busy == 0) {
        over();
      }
    }
  }

  private void over() {
    phase = Phase.OVER;
    window.close();
    // Not before the end of what is going on now: a connection may be about to write.
    loop.execute(this::closeAll);
  }

  private void closeAll() {
    connections.all().forEach(connection -> connection.end("the load is over"));
    finished.complete(this);
  }

  private void atEnd() {
    if (phase != Phase.OVER) {
      window.close();
      if (schedule == null) {
        sent();
      } else {
        pump(schedule);
      }
    }
  }

  private void sweepLater() {
    long every = Math.clamp(timeout / 10, 1_000_000, 100_000_000);
    at(System.nanoTime() + every, this::sweep);
  }

  /** Gives up what has waited for too long. */
  private void sweep() {
    long now = System.nanoTime();
    for (LoadConnection connection : connections.all()) {
      for (Slot slot : connection.slots()) {
        if (slot.busy && now - slot.due > timeout) {
          timedOut(slot);
          done(slot);
          connection.giveUp(slot);
        }
      }
    }
    if (phase != Phase.OVER) {
      if (schedule != null) {
        pump(schedule);
      }
      sweepLater();
    }
    flushAll();
  }

  private void at(long when, Runnable what) {
    long delay = Math.max(0, when - System.nanoTime());
    var _ = loop.schedule(what, delay, TimeUnit.NANOSECONDS);
  }
}
