package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Requests that share runs against requests that don't, over REST; the graph is not frozen. */
final class MergingRow implements Row {

  private static final String MERGED = "merged";
  private static final String SINGLE = "each request a run";
  private static final LoadPace PACE = LoadPace.closed(64);

  @Override
  public String name() {
    return "merging";
  }

  @Override
  public String title() {
    return "Merging on and off, not frozen, over REST";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "merging on, Boston not frozen, REST, 64 connections",
            "off",
            Measure.RATE,
            new Pair(MERGED, SINGLE),
            Reach.atLeast(1.5)));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    return ServerContest.open(
        workshop,
        servers ->
            List.of(
                side(workshop, servers, model, MERGED),
                side(workshop, servers, model, SINGLE, "--enable_batching=false")));
  }

  private static Side side(
      Workshop workshop, Servers servers, Path model, String name, String... more)
      throws Exception {
    List<String> flags = new ArrayList<>(Server.serving(BostonModel.NAME, model));
    flags.add("--freeze_models=false");
    flags.addAll(List.of(more));
    Server server =
        servers.add(Server.sluice(workshop, "merging-" + name.replace(' ', '-'), flags));
    LoadPlan plan = BostonModel.rest(server).withPace(PACE);
    Loading loading = Loading.of(workshop, server);
    return new Side(name, seconds -> loading.take(plan, seconds));
  }
}
