package dev.sluice.bench;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SessionOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Runs of the Boston model in this process, one after the other on the calling thread. */
final class BareRun implements Servers.Started {

  private final LoadedModel loaded;
  private final Signature signature;
  private final Tensor row;

  private BareRun(LoadedModel loaded) {
    this.loaded = loaded;
    this.signature = loaded.signature("serving_default");
    float[] house = BostonModel.house();
    this.row = loaded.model().tensors().allocate(DataType.FLOAT, Shape.of(1, house.length));
    MemorySegment.copy(house, 0, row.data(), ValueLayout.JAVA_FLOAT, 0, house.length);
  }

  /** Loads it as the server does by default. */
  static BareRun boston(Workshop workshop) throws IOException, InterruptedException {
    return new BareRun(
        LoadedModel.of(
            BostonModel.trained(workshop).resolve("0000001"),
            workshop.libraries(),
            SessionOptions.SERVE));
  }

  /** The CPU time of one run. */
  Sample take(double seconds) {
    RunOptions inCaller = new RunOptions(0, true);
    Runnable run = () -> loaded.run(signature, List.of(row), inCaller);
    return Sample.EMPTY.with(Measure.CPU, ThreadClock.microsEach(Math.min(seconds, 0.5), run));
  }

  @Override
  public void close() {
    row.close();
    loaded.close();
  }
}
