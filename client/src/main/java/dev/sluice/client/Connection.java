package dev.sluice.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The way to one server, and the calls that are on it. Thread-safe; its lock is never held while
 * anything else is called.
 */
final class Connection {

  /** What a connection is made of. */
  interface Parts {

    /** To the server; closed with the connection. */
    ManagedChannel channel();

    /** Runs a task later, on a thread that must not be blocked. */
    Future<?> after(Duration delay, Runnable task);

    /** From 0 to below 1. */
    DoubleSupplier random();

    /** Ends what the channel does not own; called last. */
    void close();
  }

  /** A call, or a wait; equal to nothing but itself. */
  interface Task {

    /** Ends it, unless it has ended; true iff it had not. */
    boolean cancel();
  }

  private static final Duration CHANNEL_END = Duration.ofSeconds(5);

  private final String name;
  private final Parts parts;
  private final RetryPolicy retries;
  private final int maxMessageBytes;

  private final Object lock = new Object();

  @GuardedBy("lock") private final Set<Task> calls = new HashSet<>();

  /** Waits for a model: no call, but made of calls. */
  @GuardedBy("lock") private final Set<Task> watches = new HashSet<>();

  @GuardedBy("lock") private boolean closed;

  /**
   * @param name what errors call the server
   */
  Connection(String name, Parts parts, RetryPolicy retries, int maxMessageBytes) {
    this.name = name;
    this.parts = parts;
    this.retries = retries;
    this.maxMessageBytes = maxMessageBytes;
  }

  RetryPolicy retries() {
    return retries;
  }

  int maxMessageBytes() {
    return maxMessageBytes;
  }

  DoubleSupplier random() {
    return parts.random();
  }

  Future<?> after(Duration delay, Runnable task) {
    return parts.after(delay, task);
  }

  /** A call, not started. */
  <Q, P> ClientCall<Q, P> newCall(MethodDescriptor<Q, P> method, CallOptions options) {
    return parts.channel().newCall(method, options);
  }

  /**
   * If the last try to connect has failed, has the next call try again. By itself gRPC does so
   * after a pause of up to two minutes, and fails all calls meanwhile with what it saw last.
   */
  void reconnect() {
    ManagedChannel channel = parts.channel();
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
    }
  }

  void begin(Task call) {
    synchronized (lock) {
      requireOpen();
      calls.add(call);
    }
  }

  void end(Task call) {
    synchronized (lock) {
      calls.remove(call);
      lock.notifyAll();
    }
  }

  void beginWatch(Task watch) {
    synchronized (lock) {
      requireOpen();
      watches.add(watch);
    }
  }

  void endWatch(Task watch) {
    synchronized (lock) {
      watches.remove(watch);
    }
  }

  @GuardedBy("lock") private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the client of " + name + " is closed");
    }
  }

  /** How many calls have no outcome yet. */
  int inFlight() {
    synchronized (lock) {
      return calls.size();
    }
  }

  /** Takes no new call and lets those in flight end, which their deadlines bound. */
  void close() {
    refuseNew();
    boolean interrupted = false;
    synchronized (lock) {
      while (!calls.isEmpty() && !interrupted) {
        try {
          lock.wait();
        } catch (InterruptedException interrupt) {
          interrupted = true;
        }
      }
    }
    int _ = closeNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes no new call and cancels those in flight; says how many. */
  int closeNow() {
    refuseNew();
    List<Task> left;
    synchronized (lock) {
      left = List.copyOf(calls);
    }
    int cancelled = 0;
    for (Task call : left) {
      cancelled += call.cancel() ? 1 : 0;
    }
    endChannel();
    parts.close();
    return cancelled;
  }

  private void refuseNew() {
    List<Task> waiting;
    synchronized (lock) {
      closed = true;
      waiting = List.copyOf(watches);
    }
    for (Task watch : waiting) {
      watch.cancel();
    }
  }

  private void endChannel() {
    ManagedChannel channel = parts.channel().shutdownNow();
    try {
      channel.awaitTermination(CHANNEL_END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was asked for at the start: host and port, or a path. */
  @Override
  public String toString() {
    return name;
  }
}
