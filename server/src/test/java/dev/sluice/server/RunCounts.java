package dev.sluice.server;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the admin port says of a model of which one signature was called.
 *
 * @param waiting calls that wait for a run
 * @param running runs that go on
 * @param runs those that have ended
 */
record RunCounts(int waiting, int running, int runs) {

  /** All zero if none was called. */
  static RunCounts of(TestServer server, String model) throws IOException {
    try (RawHttp admin = new RawHttp(server.adminPort())) {
      String page = admin.send(RawHttp.get("/v1/models/" + model + "/batching")).read().text();
      return new RunCounts(number(page, "waiting"), number(page, "running"), number(page, "runs"));
    }
  }

  private static int number(String page, String member) {
    Matcher match = Pattern.compile('"' + member + "\": ([0-9]+)").matcher(page);
    return match.find() ? Integer.parseInt(match.group(1)) : 0;
  }

  /** Those that are as wanted, at the latest after a minute or as they are then. */
  static RunCounts await(TestServer server, String model, Predicate<RunCounts> wanted)
      throws IOException {
    RunCounts counts = of(server, model);
    for (int i = 0; i < 6000 && !wanted.test(counts); i++) {
      LockSupport.parkNanos(10_000_000);
      counts = of(server, model);
    }
    return counts;
  }
}
