package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.bench.Server.Echo;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Predict of the Boston model against an echo on the same stack, in a closed loop. */
final class EchoRow implements Row {

  private static final String SLUICE = "Sluice, ";
  private static final String ECHO = "echo, ";

  private final String name;
  private final String title;
  private final Echo kind;
  private final List<LoadPace> paces;
  private final List<Check> checks;

  private EchoRow(String name, String title, Echo kind, List<LoadPace> paces, List<Check> checks) {
    this.name = name;
    this.title = title;
    this.kind = kind;
    this.paces = paces;
    this.checks = checks;
  }

  /** Over REST, with 64, 8 and 1 connections. */
  static EchoRow rest() {
    List<LoadPace> paces = List.of(LoadPace.closed(64), LoadPace.closed(8), LoadPace.closed(1));
    return new EchoRow(
        "rest",
        "REST predict, Boston",
        Echo.HTTP,
        paces,
        List.of(
            rate("REST predict, Boston, 64 connections", "HttpEcho", paces.get(0), 0.8),
            rate("same, 8 connections", "HttpEcho", paces.get(1), 0.65),
            later("same, 1 connection", "HttpEcho", paces.get(2), 100)));
  }

  /** Over gRPC, with 64 streams on 8 connections. */
  static EchoRow grpc() {
    LoadPace pace = LoadPace.closed(8, 8);
    return new EchoRow(
        "grpc",
        "gRPC predict, Boston",
        Echo.GRPC,
        List.of(pace),
        List.of(rate("gRPC predict, Boston, 64 streams", "GrpcEcho", pace, 0.6)));
  }

  private static Check rate(String what, String against, LoadPace pace, double bound) {
    return Check.ratio(
        what,
        against,
        Measure.RATE,
        new Pair(SLUICE + words(pace), ECHO + words(pace)),
        Reach.atLeast(bound));
  }

  private static Check later(String what, String against, LoadPace pace, double micros) {
    return new Check(
        what,
        against,
        "p50 later by",
        "µs",
        round ->
            round.get(SLUICE + words(pace), Measure.P50)
                - round.get(ECHO + words(pace), Measure.P50),
        Reach.atMost(micros),
        new Pair(SLUICE + words(pace), ECHO + words(pace)));
  }

  private static String words(LoadPace pace) {
    return pace.outstanding() == 1 ? "1 at a time" : pace.outstanding() + " at a time";
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public List<Check> checks() {
    return checks;
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    return ServerContest.open(
        workshop,
        servers -> {
          Server sluice =
              servers.add(Server.sluice(workshop, name, Server.serving(BostonModel.NAME, model)));
          Server echo = servers.add(Server.echo(workshop, kind));
          List<Side> sides = new ArrayList<>();
          for (LoadPace pace : paces) {
            sides.add(side(SLUICE + words(pace), workshop, sluice, pace));
            sides.add(side(ECHO + words(pace), workshop, echo, pace));
          }
          return sides;
        });
  }

  private Side side(String sideName, Workshop workshop, Server server, LoadPace pace) {
    Function<Server, LoadPlan> plan = kind == Echo.HTTP ? BostonModel::rest : BostonModel::grpc;
    LoadPlan load = plan.apply(server).withPace(pace);
    Loading loading = Loading.of(workshop, server);
    return new Side(sideName, seconds -> loading.take(load, seconds));
  }
}
