package dev.sluice.client;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens.
 *
 * @param host a name or an address; empty for a UNIX socket
 * @param port 1 to 65535; 0 for a UNIX socket
 * @param socket the UNIX socket; null for none
 */
record Target(String host, int port, @Nullable Path socket) {

  private static final int STANDARD_PORT = 8500;
  private static final String UNIX = "unix:";

  /**
   * Reads {@code host}, {@code host:port}, {@code [address]:port} or {@code unix:path}.
   *
   * @throws IllegalArgumentException for anything else
   */
  static Target parse(String text) {
    if (text.startsWith(UNIX) && text.length() > UNIX.length()) {
      return new Target("", 0, Path.of(text.substring(UNIX.length())));
    }
    int bracket = text.lastIndexOf(']');
    int colon = text.lastIndexOf(':');
    boolean bareAddress = bracket < 0 && text.indexOf(':') != colon; // IPv6 without brackets
    boolean hasPort = colon > bracket && !bareAddress;
    String host = hasPort ? text.substring(0, colon) : text;
    int port = hasPort ? port(text, text.substring(colon + 1)) : STANDARD_PORT;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isEmpty() || !host.matches("[^/\\[\\]@ ]+")) {
      throw wrong(text);
    }
    return new Target(host, port, null);
  }

  private static int port(String text, String digits) {
    if (!digits.matches("[0-9]{1,5}")) {
      throw wrong(text);
    }
    int port = Integer.parseInt(digits);
    if (port < 1 || port > 65535) {
      throw wrong(text);
    }
    return port;
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "the target is \"" + text + "\", expected host, host:port, [address]:port or unix:path");
  }

  /** As {@link #parse} reads it, always with a port. */
  @Override
  public String toString() {
    if (socket != null) {
      return UNIX + socket;
    }
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
