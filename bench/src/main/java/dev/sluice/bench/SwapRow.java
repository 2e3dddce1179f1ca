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
    LoadPlan open = closed.withPace(OpenPace.rest(SHARE * capacity));
    double loadSeconds = large.load(server); // the first one also makes the code of loads warm
    for (int i = 0; !workshop.quick() && i < 3; i++) {
      loadSeconds = Math.min(loadSeconds, large.load(server));
    }
    double window = loadSeconds;
    return ServerContest.of(
            servers,
            List.of(
                new Side(ALONE, seconds -> loading.take(open, Math.min(seconds, window))),
                new Side(
                    LOADING,
                    seconds -> beside(large, server, loading, open, Math.min(seconds, window)))))
        .note(
            "Capacity in a closed loop: %.0f answers/s. A load takes %.2f s at least, and each side is measured for no longer."
                .formatted(capacity, window));
  }

  /** From the moment on at which the server says that it loads. CPU would be that of both. */
  private static Sample beside(
      ArrivingVersions large, Server server, Loading loading, LoadPlan open, double seconds)
      throws Exception {
    large.arrive();
    large.await(server, "LOADING");
    Sample sample = loading.justMeasure(open, seconds).sample().without(Measure.CPU);
    large.await(server, "AVAILABLE");
    return sample;
  }
}
