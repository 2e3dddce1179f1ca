package dev.sluice.server.trace;

import dev.sluice.batching.CallObserver;
import dev.sluice.core.ServableId;
import org.jspecify.annotations.Nullable;

/** The trace of one request, which is on its way. Thread-safe; nothing here throws. */
public interface RequestTrace {

  /** The request's path, with names in braces where it has those of models. */
  void route(String template);

  /** The model that is asked, by the name that the client gave. */
  void asks(String model);

  /**
   * What will run.
   *
   * @param rows how many rows the request has
   */
  void runs(ServableId version, String signature, long rows);

  /** Tells another observer of a call what happens, and notes it. */
  CallObserver beside(CallObserver other);

  /** A stage has ended; times are in terms of {@link System#nanoTime}. */
  void stage(CallObserver.Stage stage, long fromNanos, long toNanos);

  /**
   * The answer is decided.
   *
   * @param code its HTTP status, or its number as a gRPC code
   * @param fault what the server is to blame for, as a short word; null for nothing
   * @param detail what the answer says of it; empty if there is no more to say
   */
  void answered(int code, @Nullable String fault, String detail);

  /** The answer has left, or will never. Only the first time counts. */
  void end();
}
