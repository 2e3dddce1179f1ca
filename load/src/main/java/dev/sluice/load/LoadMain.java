package dev.sluice.load;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A load from the command line; {@code bench/README.md} has its flags. */
public final class LoadMain {

  private static final String USAGE =
      """
      usage: bench/run-load --rest=HOST:PORT/PATH | --grpc=HOST:PORT/package.Service/Method  --body=FILE
        --body=FILE          what to send: JSON for REST, a message for gRPC; several are sent in turn
        --header=NAME:VALUE  a further header; may be given several times
        --connections=N      1
        --streams=N          requests at a time on a connection, gRPC only: 1
        --rate=N             requests per second, whatever the server does (open loop)
        --poisson            at random times instead of equal distances
        --warm_up=SECONDS    2
        --seconds=SECONDS    10
        --count=N            the most requests to count
        --timeout_ms=N       10000
        --threads=N          1
      """;

  private @Nullable LoadTarget target;
  private final List<byte[]> bodies = new ArrayList<>();
  private final List<String[]> headers = new ArrayList<>();
  private LoadPace.Arrivals arrivals = LoadPace.Arrivals.CONSTANT;
  private int connections = 1;
  private int streams = 1;
  private int threads = 1;
  private double rate;
  private double warmUp = 2;
  private double seconds = 10;
  private long count = Long.MAX_VALUE;
  private long timeoutMillis = 10_000;

  private LoadMain() {}

  /**
   * Runs one load and prints its summary; ends with 2 if the flags are wrong, 1 if it can't run.
   */
  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(arguments, System.out, System.err));
  }

  static int run(String[] arguments, PrintStream out, PrintStream err) throws InterruptedException {
    LoadPlan plan;
    try {
      LoadMain command = new LoadMain();
      for (String argument : arguments) {
        command.take(argument);
      }
      plan = command.plan();
    } catch (StatusException | NumberFormatException | IOException wrong) {
      err.println(wrong.getMessage());
      err.print(USAGE);
      return 2;
    }
    try {
      out.println(LoadGenerator.run(plan).summary());
      return 0;
    } catch (StatusException failure) {
      err.println(failure.getMessage());
      return 1;
    }
  }

  private void take(String argument) throws IOException {
    int equals = argument.indexOf('=');
    String name = equals < 0 ? argument : argument.substring(0, equals);
    String value = argument.substring(equals + 1);
    switch (name) {
      case "--rest" -> target = LoadTarget.rest(address(value), value.substring(slash(value)));
      case "--grpc" -> target = LoadTarget.grpc(address(value), value.substring(slash(value) + 1));
      case "--body" -> bodies.add(body(value));
      case "--header" -> headers.add(header(value));
      case "--connections" -> connections = Integer.parseInt(value);
      case "--streams" -> streams = Integer.parseInt(value);
      case "--threads" -> threads = Integer.parseInt(value);
      case "--rate" -> rate = Double.parseDouble(value);
      case "--poisson" -> arrivals = LoadPace.Arrivals.POISSON;
      case "--warm_up" -> warmUp = Double.parseDouble(value);
      case "--seconds" -> seconds = Double.parseDouble(value);
      case "--count" -> count = Long.parseLong(value);
      case "--timeout_ms" -> timeoutMillis = Long.parseLong(value);
      default -> throw StatusException.invalidArgument("unknown flag %s", argument);
    }
  }

  private LoadPlan plan() {
    LoadTarget to = target;
    if (to == null) {
      throw StatusException.invalidArgument("--rest or --grpc is missing");
    }
    for (String[] header : headers) {
      to = to.withHeader(header[0].toLowerCase(Locale.ROOT), header[1]);
    }
    LoadPace pace =
        rate == 0
            ? LoadPace.closed(connections, streams)
            : new LoadPace.Open(rate, arrivals, connections, streams);
    return new LoadPlan(
        to,
        bodies,
        pace,
        new LoadSpan(duration(warmUp), duration(seconds), count),
        LoadCheck.ofStatus(to.success()),
        Duration.ofMillis(timeoutMillis),
        threads);
  }

  private static byte[] body(String file) throws IOException {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      throw StatusException.notFound("%s is not there, or can't be read", file);
    }
    return Files.readAllBytes(path);
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  private static InetSocketAddress address(String value) {
    String place = value.substring(0, slash(value));
    int colon = place.lastIndexOf(':');
    if (colon < 0) {
      throw StatusException.invalidArgument("\"%s\", expected HOST:PORT and a path", value);
    }
    return new InetSocketAddress(
        place.substring(0, colon), Integer.parseInt(place.substring(colon + 1)));
  }

  private static int slash(String value) {
    int slash = value.indexOf('/');
    if (slash < 0) {
      throw StatusException.invalidArgument("\"%s\", expected HOST:PORT and a path", value);
    }
    return slash;
  }

  private static String[] header(String value) {
    int colon = value.indexOf(':');
    if (colon < 0) {
      throw StatusException.invalidArgument("header \"%s\", expected NAME:VALUE", value);
    }
    return new String[] {value.substring(0, colon), value.substring(colon + 1).strip()};
  }
}
