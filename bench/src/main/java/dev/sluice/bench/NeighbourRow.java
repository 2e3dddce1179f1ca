package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.bench.Side.Measurement;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A fast model alone, beside a slow one that waits, and beside one that computes. */
final class NeighbourRow implements Row {

  private static final String ALONE = "fast alone";
  private static final String WAITING = "beside one that waits";
  private static final String COMPUTING = "beside one that computes";

  /** Steady and far from what the machine can do, as the fast model's own load is not the point. */
  private static final double RATE = 1000;

  private static final String BUSY = "busy_50ms";
  private static final double RUN_MILLIS = 50;
  private static final long WAIT_MILLIS = 100;

  /** So many times the usual length: forty requests are to be later than a 99th percentile. */
  private static final int STRETCH = 2;

  @Override
  public String name() {
    return "neighbour";
  }

  @Override
  public String title() {
    return "A slow model beside a fast one: 1000 REST requests/s to Boston, open loop";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        slower("a slow model that waits beside a fast one", WAITING, 2),
        slower("a slow model that computes with one thread beside a fast one", COMPUTING, 3));
  }

  private static Check slower(String what, String side, double bound) {
    return Check.ratio(what, "fast alone", Measure.P99, new Pair(side, ALONE), Reach.atMost(bound));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Map<String, Path> models = new LinkedHashMap<>();
    models.put(BostonModel.NAME, BostonModel.trained(workshop));
    models.put(BUSY, Calibration.busy(workshop, BUSY, RUN_MILLIS));
    models.put(Models.SLOW, slow(workshop));
    List<String> flags = Server.serving(models, workshop.logs().resolve("neighbour.config"));
    return ServerContest.open(
        workshop, servers -> sides(workshop, servers.add(Server.sluice(workshop, name(), flags))));
  }

  private static Path slow(Workshop workshop) {
    Path basePath = workshop.models().resolve(Models.SLOW);
    return Files.exists(basePath) ? basePath : Models.copyTo(workshop.models(), Models.SLOW);
  }

  private static List<Side> sides(Workshop workshop, Server server) {
    LoadPlan fast = BostonModel.rest(server).withPace(OpenPace.rest(RATE));
    byte[] wait =
        Messages.predict(Models.SLOW, "serving_default", "millis", Messages.longs(WAIT_MILLIS, 1));
    LoadPlan waiting = LoadPlan.of(server.grpc(), wait).withPace(LoadPace.closed(8, 8));
    LoadPlan computing =
        LoadPlan.of(server.grpc(), BusyModel.message(BUSY)).withPace(LoadPace.closed(1));
    Loading loading = Loading.of(workshop, server);
    Measurement alone = seconds -> loading.take(fast, STRETCH * seconds);
    return List.of(
        new Side(ALONE, alone),
        new Side(WAITING, beside(workshop, waiting, alone)),
        new Side(COMPUTING, beside(workshop, computing, alone)));
  }

  /** Measures while another load goes on, which ends with it. CPU would be that of both. */
  private static Measurement beside(Workshop workshop, LoadPlan other, Measurement measurement) {
    return seconds -> {
      Backdrop backdrop = Backdrop.start(workshop.generator(), other);
      try {
        return measurement.take(seconds).without(Measure.CPU);
      } finally {
        backdrop.end();
      }
    };
  }
}
