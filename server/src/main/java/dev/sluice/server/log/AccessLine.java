package dev.sluice.server.log;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a request looks like in the log of requests. */
final class AccessLine {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private AccessLine() {}

  /** A JSON object and the end of the line. */
  static String of(AccessEntry entry) {
    long began = entry.endedMillis() - TimeUnit.NANOSECONDS.toMillis(entry.nanos());
    return new JsonLine()
        .with("time", TIME.format(Instant.ofEpochMilli(began)))
        .with("protocol", entry.protocol())
        .with("peer", peer(entry.peer()))
        .with("method", known(entry.method()))
        .with("path", known(entry.path()))
        .with("model", entry.served().model())
        .with("version", entry.served().version())
        .with("status", entry.status())
        .with("bytes_in", entry.received())
        .with("bytes_out", entry.sent())
        .with("ms", TimeUnit.NANOSECONDS.toMicros(entry.nanos()) / 1e3)
        .end();
  }

  private static @Nullable String known(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable String peer(@Nullable SocketAddress address) {
    if (address == null) {
      return null;
    }
    if (!(address instanceof InetSocketAddress socket) || socket.getAddress() == null) {
      return address.toString();
    }
    String host = socket.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + socket.getPort();
  }
}
