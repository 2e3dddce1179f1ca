package dev.sluice.bench;

import dev.sluice.bench.Server.Echo;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/** Latency over rate in an open loop, for the picture; stated, not judged. */
final class CurveRow implements Row {

  private static final String AT = " at ";

  /** Of what a series can do in a closed loop. */
  private static final List<Integer> PERCENTS = List.of(10, 25, 40, 55, 70, 80, 90);

  private static final int ROUNDS = 3;

  @Override
  public String name() {
    return "curve";
  }

  @Override
  public String title() {
    return "Latency over rate, Boston, open loop";
  }

  @Override
  public List<Check> checks() {
    return List.of();
  }

  @Override
  public int rounds(int wanted) {
    return Math.min(wanted, ROUNDS);
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    Servers servers = new Servers();
    try {
      Server sluice =
          servers.add(Server.sluice(workshop, name(), Server.serving(BostonModel.NAME, model)));
      Server http = servers.add(Server.echo(workshop, Echo.HTTP));
      Server grpc = servers.add(Server.echo(workshop, Echo.GRPC));
      List<Side> sides = new ArrayList<>();
      sides.addAll(rest(workshop, "REST, Sluice", sluice));
      sides.addAll(rest(workshop, "REST, echo", http));
      sides.addAll(grpc(workshop, "gRPC, Sluice", sluice));
      sides.addAll(grpc(workshop, "gRPC, echo", grpc));
      return ServerContest.of(servers, sides);
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  private static List<Side> rest(Workshop workshop, String series, Server server) throws Exception {
    LoadPlan plan = BostonModel.rest(server).withPace(LoadPace.closed(64));
    return sides(workshop, series, server, plan, OpenPace::rest);
  }

  private static List<Side> grpc(Workshop workshop, String series, Server server) throws Exception {
    LoadPlan plan = BostonModel.grpc(server).withPace(LoadPace.closed(8, 8));
    return sides(workshop, series, server, plan, OpenPace::grpc);
  }

  private static List<Side> sides(
      Workshop workshop,
      String series,
      Server server,
      LoadPlan closed,
      DoubleFunction<LoadPace> pace)
      throws Exception {
    Loading loading = Loading.of(workshop, server);
    workshop.progress().accept("warming up: " + series);
    int _ = WarmUp.of(workshop).warm(seconds -> loading.take(closed, seconds));
    double most = loading.take(closed, workshop.quick() ? 0.2 : 2).get(Measure.RATE);
    List<Side> sides = new ArrayList<>();
    for (int percent : PERCENTS) {
      LoadPlan open = closed.withPace(pace.apply(most * percent / 100));
      sides.add(
          new Side(
              series + AT + percent + " %", seconds -> loading.take(open, Math.min(seconds, 1))));
    }
    return sides;
  }

  /** What the sides measured, by series. */
  static List<Curve> curves(RowResult result) {
    Map<String, List<Curve.Point>> series = new LinkedHashMap<>();
    result
        .medians()
        .forEach((side, sample) ->
            series
                .computeIfAbsent(side.substring(0, side.lastIndexOf(AT)), _ -> new ArrayList<>())
                .add(
                    new Curve.Point(
                        sample.get(Measure.RATE),
                        sample.get(Measure.P50),
                        sample.get(Measure.P99))));
    return series.entrySet().stream()
        .map(one ->
            new Curve(
                one.getKey(),
                one.getValue().stream()
                    .sorted(Comparator.comparingDouble(Curve.Point::rate))
                    .toList()))
        .toList();
  }
}
