package dev.sluice.cli;

import java.net.URI;
import java.time.Duration;

/**
 * A port of a server.
 *
 * @param host a name or an address
 * @param port 1 to 65535
 * @param timeout what one request may take
 */
record Endpoint(String host, int port, Duration timeout) {

  /** Where the REST API has this path. */
  URI uri(String path) {
    return URI.create("http://" + this + path);
  }

  /** Host and port, as in a URL. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  String seconds() {
    return timeout.toMillis() % 1000 == 0
        ? timeout.toSeconds() + " s"
        : timeout.toMillis() / 1000.0 + " s";
  }
}
