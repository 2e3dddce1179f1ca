package dev.sluice.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import picocli.CommandLine;

/**
 * A port of a server.
 *
 * @param host a name or an address
 * @param port 1 to 65535
 * @param timeout what one request may take
 */
record Endpoint(String host, int port, Duration timeout) {

  /**
   * As a command line names it.
   *
   * @param verb whose command line that is
   * @param host also in the brackets that an IPv6 address has in a URL
   * @param seconds what one request may take
   * @throws CommandLine.ParameterException if one of them is wrong, with the option's name
   */
  static Endpoint of(CommandLine verb, String host, int port, double seconds) {
    if (port < 1 || port > 65535) {
      throw new CommandLine.ParameterException(verb, "--port is " + port + ", expected 1 to 65535");
    }
    if (!(seconds > 0 && seconds <= 1e6)) {
      throw new CommandLine.ParameterException(
          verb, "--timeout is " + seconds + ", expected more than 0 and at most 1000000");
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    if (!isHost(bare)) {
      throw new CommandLine.ParameterException(
          verb,
          "--host is "
              + (host.isEmpty() ? "empty" : host)
              + ", expected an address, or a name of letters, digits, hyphens and dots");
    }
    return new Endpoint(bare, port, Duration.ofMillis(Math.max(1, Math.round(seconds * 1000))));
  }

  private static boolean isHost(String text) {
    try {
      URI uri = new URI("http", null, text, 1, null, null, null);
      return uri.getHost() != null && uri.getUserInfo() == null && uri.getPath().isEmpty();
    } catch (URISyntaxException no) {
      return false;
    }
  }

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
