package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of the size of MobileNet, one image a request, against bare runs at the batch size at
 * which an image costs least.
 */
final class ImageRow implements Row {

  private static final String GRPC = "gRPC, floats";
  private static final String REST = "REST, b64";
  private static final String BARE = "in-process, ";

  /** Enough at a time that requests could be merged into any of the batch sizes tried. */
  private static final int AT_A_TIME = 32;

  @Override
  public String name() {
    return "image";
  }

  @Override
  public String title() {
    return "A CNN of the size of MobileNet, one image a request, 32 at a time";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        check("CNN, one image a request, gRPC", GRPC, BARE + ImageModel.FLOATS),
        check("same, REST b64", REST, BARE + ImageModel.BYTES));
  }

  private static Check check(String what, String ours, String bare) {
    return Check.ratio(
        what,
        "in-process at its best batch size",
        Measure.CPU,
        new Pair(ours, bare),
        Reach.atMost(1.05));
  }

  @Override
  public String obstacle(Workshop workshop) {
    return ImageModel.obstacle(workshop);
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    List<String> flags = Server.serving(ImageModel.NAME, ImageModel.made(workshop));
    List<String> notes = new ArrayList<>();
    ServerContest contest =
        ServerContest.open(
            workshop,
            servers -> {
              Server server = servers.add(Server.sluice(workshop, name(), flags));
              Loading loading = Loading.of(workshop, server);
              LoadPlan grpc =
                  LoadPlan.of(server.grpc(), ImageModel.message())
                      .withPace(LoadPace.closed(4, AT_A_TIME / 4));
              LoadPlan rest =
                  LoadPlan.of(server.rest(ImageModel.NAME), ImageModel.json())
                      .withPace(LoadPace.closed(AT_A_TIME));
              BareImages bare = servers.add(BareImages.load(workshop));
              return List.of(
                  new Side(GRPC, seconds -> loading.take(grpc, seconds)),
                  bare.side(BARE + ImageModel.FLOATS, ImageModel.FLOATS, notes),
                  new Side(REST, seconds -> loading.take(rest, seconds)),
                  bare.side(BARE + ImageModel.BYTES, ImageModel.BYTES, notes));
            });
    notes.forEach(contest::note);
    return contest;
  }
}
