package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How long the first request to a server takes that is ready, with and without warm-up. */
final class FirstRequestRow implements Row {

  private static final String WARM = "warmed up";
  private static final String COLD = "--enable_model_warmup=false";

  @Override
  public String name() {
    return "first-request";
  }

  @Override
  public String title() {
    return "The first request to a server that is ready, Boston, REST";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "first request after a start, Boston",
            "without warm-up",
            Measure.FIRST_REQUEST,
            new Pair(WARM, COLD),
            Reach.atMost(1.0)));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    List<Side> sides =
        List.of(
            new Side(WARM, _ -> first(workshop, model, List.of())),
            new Side(COLD, _ -> first(workshop, model, List.of(COLD))));
    for (Side side : sides) { // so that all files are in memory
      var _ = side.measurement().take(0);
    }
    return ServerContest.of(new Servers(), sides);
  }

  private static Sample first(Workshop workshop, Path model, List<String> flags)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(Server.serving(BostonModel.NAME, model));
    all.addAll(flags);
    try (Server server = Server.sluice(workshop, "first-request", all)) {
      long nanos = FirstAnswer.nanos(server.restPort(), BostonModel.json());
      return Sample.EMPTY.with(Measure.FIRST_REQUEST, nanos / 1e6);
    }
  }
}
