package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.load.LoadCounts;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadResult;
import dev.sluice.load.LoadTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A model of 5 ms that is offered twice what it can do, in an open loop, against itself at 90 %.
 *
 * <p>It computes rather than waits: then the refused requests cost what the others need, which is
 * the hard case. Its requests can't share a run, so it has one capacity.
 */
final class OverloadRow implements Row {

  private static final String MODEL = "busy_5ms";
  private static final double RUN_MILLIS = 5;

  private static final String OVER = "at 200 %";
  private static final String UNDER = "at 90 %";

  /** What clients of the row ask for; 40 runs long. */
  private static final Duration DEADLINE = Duration.ofMillis(200);

  private static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(2);
  private static final int DEADLINE_EXCEEDED = 4;

  /** "At once", as a client sees it on a machine that is busy with other requests. */
  private static final double REFUSED_WITHIN_MILLIS = 20;

  @Override
  public String name() {
    return "overload";
  }

  @Override
  public String title() {
    return "Overload: a computing model of 5 ms, gRPC, open loop, deadline 200 ms";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "overload: a 5 ms model offered 2 × its capacity",
            "itself at 90 %",
            Measure.GOODPUT,
            new Pair(OVER, UNDER),
            Reach.atLeast(0.9)),
        new Check(
            "same",
            "its deadline, 200 ms",
            Measure.LATE.title(),
            Measure.LATE.unit(),
            round -> round.get(OVER, Measure.LATE),
            Reach.atMost(0),
            null),
        new Check(
            "same",
            "at once",
            Measure.REFUSED_P99.title(),
            "ms",
            round -> round.get(OVER, Measure.REFUSED_P99) / 1e3,
            Reach.atMost(REFUSED_WITHIN_MILLIS),
            null));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = Calibration.busy(workshop, MODEL, RUN_MILLIS);
    Servers servers = new Servers();
    try {
      Server server = servers.add(Server.sluice(workshop, name(), Server.serving(MODEL, model)));
      double capacity = capacity(workshop, server);
      String note = "Capacity in a closed loop: %.0f answers/s.".formatted(capacity);
      return ServerContest.of(
              servers,
              List.of(
                  side(workshop, server, OVER, 2 * capacity),
                  side(workshop, server, UNDER, 0.9 * capacity)))
          .note(note);
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  private static double capacity(Workshop workshop, Server server) throws Exception {
    LoadPlan plan =
        LoadPlan.of(server.grpc(), BusyModel.message(MODEL)).withPace(LoadPace.closed(4, 4));
    Loading loading = Loading.of(workshop, server);
    int _ = WarmUp.of(workshop).warm(seconds -> loading.take(plan, seconds));
    return loading.take(plan, workshop.quick() ? 0.3 : 4).get(Measure.RATE);
  }

  private static Side side(Workshop workshop, Server server, String name, double rate) {
    LoadTarget target = server.grpc().withHeader("grpc-timeout", DEADLINE.toMillis() + "m");
    LoadPlan plan =
        LoadPlan.of(target, BusyModel.message(MODEL))
            .withPace(OpenPace.grpc(rate))
            .withTimeout(CLIENT_TIMEOUT);
    Loading loading = Loading.of(workshop, server);
    return new Side(name, seconds -> sample(loading.measure(plan, seconds), rate, seconds));
  }

  /** Without those that expired, which are the slowest of what the load calls refusals. */
  private static double refusedP99(LoadResult result, long refused) {
    if (refused == 0) {
      return 0;
    }
    long all = result.refusals().getTotalCount();
    return result.refusals().getValueAtPercentile(99.0 * refused / all) / 1e3;
  }

  /** Sorted by what a client sees: in time, accepted but late, refused. */
  static Sample sample(Loading.Measured measured, double offered, double seconds) {
    LoadResult result = measured.result();
    LoadCounts counts = result.counts();
    long slow =
        result.latency().getTotalCount()
            - result.latency().getCountBetweenValues(0, DEADLINE.toNanos());
    long expired = result.byStatus().getOrDefault(DEADLINE_EXCEEDED, 0L);
    long late = slow + expired + counts.timedOut() + counts.broken() + counts.unsent();
    long inTime = counts.right() - slow;
    long refused = counts.refused() - expired;
    return Sample.EMPTY
        .with(Measure.CPU, measured.cpuMicros() / Math.max(1, counts.right()))
        .with(Measure.RATE, result.rate())
        .with(Measure.P50, result.latency().getValueAtPercentile(50) / 1e3)
        .with(Measure.P99, result.latency().getValueAtPercentile(99) / 1e3)
        .with(Measure.OFFERED, offered)
        .with(Measure.GOODPUT, inTime / seconds)
        .with(Measure.LATE, 100.0 * late / Math.max(1, inTime + late))
        .with(Measure.REFUSED, refused / seconds)
        .with(Measure.REFUSED_P99, refusedP99(result, refused));
  }
}
