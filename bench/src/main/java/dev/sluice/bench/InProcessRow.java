package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import java.util.List;

/** Merging on and off without sockets: 64 callers of the Boston model in one process. */
final class InProcessRow implements Row {

  @Override
  public String name() {
    return "in-process";
  }

  @Override
  public String title() {
    return "Merging on and off, not frozen, in process, 64 callers";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "merging on, Boston not frozen, in process, 64 callers",
            "off",
            Measure.ROWS,
            new Pair(InProcess.MERGED, InProcess.SINGLE),
            Reach.atLeast(4)));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    InProcess loaded = InProcess.load(BostonModel.trained(workshop).resolve("0000001"), workshop);
    return ServerContest.open(workshop, servers -> servers.add(loaded).sides(""))
        .note(() -> "Merged: " + loaded.rowsPerRun() + ".");
  }
}
