package dev.sluice.server.trace;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/**
 * A collector of OpenTelemetry on loopback: it keeps the spans that it is sent by OTLP over HTTP,
 * and can be broken, or hang. Thread-safe.
 */
public final class Collector implements AutoCloseable {

  /** How it takes spans. */
  public enum Mood {
    WELL,
    /** It answers 500. */
    BROKEN,
    /** It answers nothing until it is well again or closed. */
    HANGING
  }

  /**
   * A span as it came.
   *
   * @param kind 1 for internal, 2 for a server's
   * @param status 0 for none, 2 for an error
   */
  public record Span(
      String trace,
      String id,
      String parent,
      String state,
      String name,
      long kind,
      long startNanos,
      long endNanos,
      Map<String, Object> attributes,
      long status,
      String message,
      Map<String, Object> resource) {

    public long nanos() {
      return endNanos - startNanos;
    }
  }

  private static final long GUARD_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Span> spans = new ArrayList<>();
  private Mood mood = Mood.WELL;
  private String authorization = "";
  private int asked;
  private boolean closed;

  public Collector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.setExecutor(threads);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void take(HttpExchange exchange) throws IOException {
    boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    InputStream in = exchange.getRequestBody();
    byte[] body = (gzip ? new GZIPInputStream(in) : in).readAllBytes();
    int status = status(exchange, body);
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private synchronized int status(HttpExchange exchange, byte[] body) throws IOException {
    asked++;
    notifyAll();
    while (mood == Mood.HANGING && !closed) {
      try {
        wait();
      } catch (InterruptedException interrupted) {
        throw new IOException(interrupted);
      }
    }
    if (mood == Mood.BROKEN || closed) {
      return 500;
    }
    authorization =
        Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
    spans.addAll(spans(body));
    notifyAll();
    return 200;
  }

  public synchronized void become(Mood other) {
    mood = other;
    notifyAll();
  }

  /** What the last request with spans had to say of who sent it. */
  public synchronized String authorization() {
    return authorization;
  }

  /** All spans so far. */
  public synchronized List<Span> spans() {
    return List.copyOf(spans);
  }

  /** The spans of a trace, once there are so many. */
  public synchronized List<Span> await(String trace, int count) throws InterruptedException {
    long deadline = System.nanoTime() + GUARD_NANOS;
    while (of(trace).size() < count) {
      waitUntil(deadline);
    }
    return of(trace);
  }

  /** Waits until it was asked to take spans once more than it had been. */
  public synchronized void awaitAnother(int before) throws InterruptedException {
    long deadline = System.nanoTime() + GUARD_NANOS;
    while (asked <= before) {
      waitUntil(deadline);
    }
  }

  /** How many times it was asked to take spans. */
  public synchronized int asked() {
    return asked;
  }

  private void waitUntil(long deadline) throws InterruptedException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new AssertionError("the collector has only " + spans);
    }
    TimeUnit.NANOSECONDS.timedWait(this, left);
  }

  private List<Span> of(String trace) {
    return spans.stream().filter(span -> span.trace().equals(trace)).toList();
  }

  /** An ExportTraceServiceRequest by its field numbers. */
  private static List<Span> spans(byte[] request) throws IOException {
    List<Span> spans = new ArrayList<>();
    for (UnknownFieldSet ofResource : messages(UnknownFieldSet.parseFrom(request), 1)) {
      Map<String, Object> resource = attributes(messages(ofResource, 1).getFirst(), 1);
      for (UnknownFieldSet ofScope : messages(ofResource, 2)) {
        for (UnknownFieldSet span : messages(ofScope, 2)) {
          spans.add(span(span, resource));
        }
      }
    }
    return spans;
  }

  private static Span span(UnknownFieldSet span, Map<String, Object> resource) throws IOException {
    List<UnknownFieldSet> status = messages(span, 15);
    UnknownFieldSet outcome =
        status.isEmpty() ? UnknownFieldSet.getDefaultInstance() : status.getFirst();
    return new Span(
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        text(span, 3),
        text(span, 5),
        number(span, 6),
        span.getField(7).getFixed64List().getFirst(),
        span.getField(8).getFixed64List().getFirst(),
        attributes(span, 9),
        number(outcome, 3),
        text(outcome, 2),
        resource);
  }

  private static Map<String, Object> attributes(UnknownFieldSet of, int field) throws IOException {
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (UnknownFieldSet pair : messages(of, field)) {
      UnknownFieldSet value = messages(pair, 2).getFirst();
      attributes.put(text(pair, 1), value.hasField(1) ? text(value, 1) : (Object) number(value, 3));
    }
    return attributes;
  }

  private static List<UnknownFieldSet> messages(UnknownFieldSet of, int field)
      throws InvalidProtocolBufferException {
    List<UnknownFieldSet> messages = new ArrayList<>();
    for (ByteString bytes : of.getField(field).getLengthDelimitedList()) {
      messages.add(UnknownFieldSet.parseFrom(bytes));
    }
    return messages;
  }

  private static ByteString bytes(UnknownFieldSet of, int field) {
    List<ByteString> all = of.getField(field).getLengthDelimitedList();
    return all.isEmpty() ? ByteString.EMPTY : all.getLast();
  }

  private static String text(UnknownFieldSet of, int field) {
    return bytes(of, field).toStringUtf8();
  }

  private static String hex(UnknownFieldSet of, int field) {
    return HexFormat.of().formatHex(bytes(of, field).toByteArray());
  }

  private static long number(UnknownFieldSet of, int field) {
    List<Long> all = of.getField(field).getVarintList();
    return all.isEmpty() ? 0 : all.getLast();
  }

  /** From now on nobody listens. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      notifyAll();
    }
    server.stop(0);
    threads.shutdownNow();
  }
}
