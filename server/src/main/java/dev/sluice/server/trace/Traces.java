package dev.sluice.server.trace;

import org.jspecify.annotations.Nullable;

/** Traces requests, and sends what was seen of them to a collector. Thread-safe. */
public interface Traces extends AutoCloseable {

  /**
   * What a caller says of the trace that a request is part of, as the headers of the W3C have it;
   * null for what it does not say.
   */
  record Caller(@Nullable String traceparent, @Nullable String tracestate) {}

  /**
   * A request over HTTP.
   *
   * @param target path and query
   * @param secure whether TLS was spoken
   */
  record HttpHead(String method, String target, boolean secure) {}

  /**
   * A request over HTTP begins.
   *
   * @param begunNanos when it came, in terms of {@link System#nanoTime}
   * @return null if it is none of those that are traced
   */
  @Nullable RequestTrace http(HttpHead head, Caller caller, long begunNanos);

  /**
   * An rpc begins.
   *
   * @param method its full name: {@code service/method}
   * @param begunNanos when it came, in terms of {@link System#nanoTime}
   * @return null if it is none of those that are traced
   */
  @Nullable RequestTrace rpc(String method, Caller caller, long begunNanos);

  /** What became of spans so far. */
  TraceCounts counts();

  /** Sends what waits, within a bounded time, and ends. */
  @Override
  void close();
}
