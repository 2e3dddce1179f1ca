package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Merging on and off for each of the test models whose requests may share a run, in process. */
final class ModelsRow implements Row {

  /** There are many of them, so each gets a part of a segment. */
  private static final double SHARE = 0.2;

  @Override
  public String name() {
    return "models";
  }

  @Override
  public String title() {
    return "Merging on and off, every row-wise test model, in process, 64 callers";
  }

  @Override
  public List<Check> checks() {
    return Models.ROW_WISE.stream().map(ModelsRow::check).toList();
  }

  private static Check check(String model) {
    return Check.ratio(
        "merging on, " + model,
        "off",
        Measure.ROWS,
        new Pair(prefix(model) + InProcess.MERGED, prefix(model) + InProcess.SINGLE),
        Reach.atLeast(0.95));
  }

  private static String prefix(String model) {
    return model + ", ";
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Map<String, InProcess> models = new LinkedHashMap<>();
    ServerContest contest =
        ServerContest.open(workshop, servers -> sides(workshop, servers, models));
    return contest.note(() ->
        models.entrySet().stream()
            .map(model -> model.getKey() + " " + model.getValue().rowsPerRun())
            .collect(Collectors.joining(", ", "Merged: ", ".")));
  }

  private static List<Side> sides(
      Workshop workshop, Servers servers, Map<String, InProcess> models) {
    List<Side> sides = new ArrayList<>();
    for (String model : Models.ROW_WISE) {
      InProcess loaded = servers.add(InProcess.load(version(workshop, model), workshop));
      models.put(model, loaded);
      for (Side side : loaded.sides(prefix(model))) {
        sides.add(new Side(side.name(), seconds -> side.measurement().take(seconds * SHARE)));
      }
    }
    return sides;
  }

  private static Path version(Workshop workshop, String model) {
    Path basePath = workshop.models().resolve("row_wise").resolve(model);
    if (!Files.exists(basePath)) {
      var _ = Models.copyTo(workshop.models().resolve("row_wise"), model);
    }
    return basePath.resolve("1");
  }
}
