package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Boston model at a fifth of what it can do: alone, and while a large model loads beside it.
 */
final class SwapRow implements Row {

  private static final String ALONE = "before";
  private static final String LOADING = "while 200 MB load";
  private static final double SHARE = 0.2;
  private static final int LEAST_ROUNDS = 10;

  /** Of which 50 are above the p99 of a round. */
  private static final int LEAST_REQUESTS = 5000;

  private static final int LEAST_LOADS = 3;
  private static final int MOST_LOADS = 10;

  @Override
  public String name() {
    return "swap";
  }

  @Override
  public String title() {
    return "A model of 200 MB loads beside Boston at 20 % of its capacity, REST, open loop";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "a 200 MB model loads beside Boston at 20 % of its capacity",
            "before", Measure.P99, new Pair(LOADING, ALONE), Reach.atMost(1.5)));
  }

  /** A p99 has few samples in the time of a load. */
  @Override
  public int rounds(int wanted) {
    return wanted == 1 ? 1 : Math.max(wanted, LEAST_ROUNDS);
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Servers servers = new Servers();
    try {
      ArrivingVersions large = ArrivingVersions.in(workshop);
      Map<String, Path> models = new LinkedHashMap<>();
      models.put(BostonModel.NAME, BostonModel.trained(workshop));
      models.put(ArrivingVersions.NAME, large.basePath());
      List<String> flags = Server.serving(models, workshop.logs().resolve("swap.config"));
      Server server = servers.add(Server.sluice(workshop, name(), flags));
      return contest(workshop, servers, server, large);
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  private static Contest contest(
      Workshop workshop, Servers servers, Server server, ArrivingVersions large) throws Exception {
    Loading loading = Loading.of(workshop, server);
    LoadPlan closed = BostonModel.rest(server).withPace(LoadPace.closed(64));
    int _ = WarmUp.of(workshop).warm(seconds -> loading.take(closed, seconds));
    double capacity = loading.take(closed, workshop.quick() ? 0.2 : 2).get(Measure.RATE);
    double window = shortestLoad(workshop, server, large);
    Swaps swaps =
        new Swaps(
            large,
            server,
            loading,
            closed.withPace(OpenPace.rest(SHARE * capacity)),
            new Swaps.Span(window, workshop.quick() ? 1 : loads(SHARE * capacity * window)));
    return ServerContest.of(
            servers, List.of(new Side(ALONE, swaps::alone), new Side(LOADING, swaps::beside)))
        .note("Capacity in a closed loop: %.0f answers/s.".formatted(capacity))
        .note(swaps::note);
  }

  /** Seconds; the first one also makes the code of loads warm. */
  private static double shortestLoad(Workshop workshop, Server server, ArrivingVersions large)
      throws Exception {
    double shortest = large.load(server);
    for (int i = 0; !workshop.quick() && i < 3; i++) {
      shortest = Math.min(shortest, large.load(server));
    }
    return shortest;
  }

  /** How many loads a round needs. */
  static int loads(double requestsPerLoad) {
    double wanted = Math.ceil(LEAST_REQUESTS / Math.max(1, requestsPerLoad));
    return (int) Math.clamp(wanted, LEAST_LOADS, MOST_LOADS);
  }
}
