package dev.sluice.bench.rival;

import java.net.InetSocketAddress;
import java.util.function.Function;

/** A server that listens until it is closed. Safe from any thread. */
interface EchoServer extends AutoCloseable {

  /** Where the server listens, with the port that it got. */
  InetSocketAddress address();

  /** Stops listening and returns once every thread of the server has ended. */
  @Override
  void close();

  /** The life of a server process: says where it listens, ends with status 0 when asked to. */
  static void run(EchoOptions options, Function<EchoOptions, EchoServer> start) {
    EchoServer server = start.apply(options);
    Thread stop =
        new Thread(
            () -> {
              server.close();
              // A JVM that a signal ends has the status of the signal otherwise.
              Runtime.getRuntime().halt(0);
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    InetSocketAddress address = server.address();
    System.out.println("listening on " + address.getHostString() + ":" + address.getPort());
  }
}
