package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What it costs to count and time requests, over both protocols: a server without, {@link
 * TwoServers in the same process}.
 */
final class MetricsRow implements Row {

  private static final String ON = "with metrics, ";
  private static final String OFF = "without, ";
  private static final String REST = "REST";
  private static final String GRPC = "gRPC";
  private static final double MOST = 1.02;

  @Override
  public String name() {
    return "metrics";
  }

  @Override
  public String title() {
    return "Metrics on and off, Boston";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        check("REST predict with metrics, Boston, 64 connections", REST),
        check("gRPC predict with metrics, Boston, 64 streams", GRPC));
  }

  private static Check check(String what, String protocol) {
    return Check.ratio(
        what,
        "--metrics=false",
        Measure.CPU,
        new Pair(ON + protocol, OFF + protocol),
        Reach.atMost(MOST));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    return ServerContest.open(
        workshop,
        servers -> {
          List<String> flags = Server.serving(BostonModel.NAME, model);
          List<String> without = new ArrayList<>(flags);
          without.add("--metrics=false");
          List<Server> both = Server.twoOfSluice(workshop, "metrics", flags, without);
          Server on = servers.add(both.getFirst());
          Server off = both.getLast();
          List<Side> sides = new ArrayList<>();
          LoadPace connections = LoadPace.closed(64);
          LoadPace streams = LoadPace.closed(8, 8);
          sides.add(side(ON + REST, workshop, on, at(connections, BostonModel::rest)));
          sides.add(side(OFF + REST, workshop, off, at(connections, BostonModel::rest)));
          sides.add(side(ON + GRPC, workshop, on, at(streams, BostonModel::grpc)));
          sides.add(side(OFF + GRPC, workshop, off, at(streams, BostonModel::grpc)));
          return sides;
        });
  }

  private static Function<Server, LoadPlan> at(LoadPace pace, Function<Server, LoadPlan> plan) {
    return plan.andThen(load -> load.withPace(pace));
  }

  private static Side side(
      String name, Workshop workshop, Server server, Function<Server, LoadPlan> plan) {
    LoadPlan load = plan.apply(server);
    Loading loading = Loading.of(workshop, server);
    return new Side(name, seconds -> loading.take(load, seconds));
  }
}
