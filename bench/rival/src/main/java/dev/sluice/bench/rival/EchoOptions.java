package dev.sluice.bench.rival;

import java.net.InetSocketAddress;

/**
 * How an echo server is to run.
 *
 * @param host the address to listen on
 * @param port the TCP port; 0 for any free one
 * @param threads event loops; at least 1
 */
record EchoOptions(String host, int port, int threads) {

  EchoOptions {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ", expected 0 to 65535");
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads + ", expected at least 1");
    }
  }

  /** On the loopback address, with one event loop per processor. */
  static EchoOptions onPort(int port) {
    return new EchoOptions("127.0.0.1", port, Runtime.getRuntime().availableProcessors());
  }

  /**
   * These options, changed by {@code --host=}, {@code --port=} and {@code --threads=}.
   *
   * @throws IllegalArgumentException for any other argument or a value that is no number
   */
  EchoOptions with(String... arguments) {
    EchoOptions options = this;
    for (String argument : arguments) {
      options = options.with(argument);
    }
    return options;
  }

  private EchoOptions with(String argument) {
    int equals = argument.indexOf('=');
    String name = equals < 0 ? argument : argument.substring(0, equals);
    String value = argument.substring(equals + 1);
    return switch (name) {
      case "--host" -> new EchoOptions(value, port, threads);
      case "--port" -> new EchoOptions(host, Integer.parseInt(value), threads);
      case "--threads" -> new EchoOptions(host, port, Integer.parseInt(value));
      default ->
          throw new IllegalArgumentException(
              "argument " + argument + ", expected --host=, --port= or --threads=");
    };
  }

  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }
}
