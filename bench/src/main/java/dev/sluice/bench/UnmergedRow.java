package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.bench.Server.Echo;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Unary gRPC with a run for each request: what the way of a call costs beside echo and run. */
final class UnmergedRow implements Row {

  private static final String SLUICE = "Sluice, unmerged";
  private static final String ECHO = "echo";
  private static final String RUN = "one bare run";
  private static final String HALF = ", half load";

  private static final LoadPace PACE = LoadPace.closed(8, 8);
  private static final double MICROS_BESIDE = 12;

  @Override
  public String name() {
    return "unmerged";
  }

  @Override
  public String title() {
    return "gRPC predict, Boston, each request a run";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "gRPC predict, Boston, each request a run, 64 streams",
            "GrpcEcho",
            Measure.RATE,
            new Pair(SLUICE, ECHO),
            Reach.atLeast(0.3)),
        new Check(
            "same",
            "GrpcEcho and one bare run",
            "CPU beside both",
            "µs",
            round ->
                round.get(SLUICE, Measure.CPU)
                    - round.get(ECHO, Measure.CPU)
                    - round.get(RUN, Measure.CPU),
            Reach.atMost(MICROS_BESIDE),
            null));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    List<String> flags =
        new ArrayList<>(Server.serving(BostonModel.NAME, BostonModel.trained(workshop)));
    flags.add("--enable_batching=false");
    return ServerContest.open(
        workshop,
        servers -> {
          Server sluice = servers.add(Server.sluice(workshop, name(), flags));
          Server echo = servers.add(Server.echo(workshop, Echo.GRPC));
          BareRun run = servers.add(BareRun.boston(workshop));
          List<Side> ours = pair(SLUICE, workshop, sluice);
          List<Side> theirs = pair(ECHO, workshop, echo);
          return List.of(
              ours.getFirst(),
              theirs.getFirst(),
              ours.getLast(),
              theirs.getLast(),
              new Side(RUN, run::take));
        });
  }

  /** At full speed, and at half of the speed that it had last. */
  private static List<Side> pair(String name, Workshop workshop, Server server) {
    LoadPlan plan = BostonModel.grpc(server);
    Loading loading = Loading.of(workshop, server);
    AtomicReference<Double> fullSpeed = new AtomicReference<>(1000.0);
    return List.of(
        new Side(
            name,
            seconds -> {
              Sample sample = loading.take(plan.withPace(PACE), seconds);
              fullSpeed.set(sample.get(Measure.RATE));
              return sample;
            }),
        new Side(
            name + HALF,
            seconds -> {
              double rate = fullSpeed.get() / 2;
              return loading.take(plan.withPace(OpenPace.grpc(rate)), seconds);
            }));
  }
}
