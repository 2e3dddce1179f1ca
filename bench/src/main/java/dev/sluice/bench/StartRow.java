package dev.sluice.bench;

import dev.sluice.bench.Check.Pair;
import dev.sluice.testkit.FreePort;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * From the start of the process to its first answer, against a bare program that loads TensorFlow
 * and the model and makes one run.
 */
final class StartRow implements Row {

  private static final String SLUICE = "./sluice serve";
  private static final String BARE = "bare program";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String title() {
    return "Start to the first answer, Boston, REST";
  }

  @Override
  public List<Check> checks() {
    return List.of(
        Check.ratio(
            "start to first answer, Boston",
            "dlopen and load in a bare program",
            Measure.FIRST_ANSWER,
            new Pair(SLUICE, BARE),
            Reach.atMost(1.3)));
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    Path model = BostonModel.trained(workshop);
    List<Side> sides =
        List.of(
            new Side(SLUICE, _ -> sluice(workshop, model)),
            new Side(BARE, _ -> bare(workshop, model)));
    for (Side side : sides) { // so that all files are in memory
      var _ = side.measurement().take(0);
    }
    return ServerContest.of(new Servers(), sides);
  }

  private static Sample sluice(Workshop workshop, Path model)
      throws IOException, InterruptedException {
    int port = FreePort.next();
    List<String> command =
        new ArrayList<>(Server.sluiceCommand(workshop.home(), port, FreePort.next()));
    command.addAll(Server.serving(BostonModel.NAME, model));
    long begin = System.nanoTime();
    try (ChildProcess process = ChildProcess.start(command, workshop.logs().resolve("start.log"))) {
      FirstAnswer.await(process, port, BostonModel.json(), LIMIT);
      return sample(begin);
    }
  }

  private static Sample bare(Workshop workshop, Path model)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Workshop.java(BareStart.class));
    command.add(workshop.libraries().toString());
    command.add(model.resolve("0000001").toString());
    long begin = System.nanoTime();
    try (ChildProcess process =
        ChildProcess.start(command, workshop.logs().resolve("bare-start.log"))) {
      process.awaitSuccess(LIMIT);
      return sample(begin);
    }
  }

  private static Sample sample(long begin) {
    return Sample.EMPTY.with(Measure.FIRST_ANSWER, (System.nanoTime() - begin) / 1e6);
  }
}
