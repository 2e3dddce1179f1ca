package dev.sluice.core;

import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whoever claims loads and unloads of one version at once: what each is told is what some order of
 * the claims would have told them, and no two win.
 */
@Tag("stress")
public class HarnessLincheckTest {

  /** One version. An operation says whether its claim was won, or where the version is. */
  public static class Version {

    private static final class Nothing implements Loader {
      @Override
      public long estimateBytes() {
        return 0;
      }

      @Override
      public void load(ServableId id) {}

      @Override
      public void unload() {}

      @Override
      public Object servable() {
        return this;
      }
    }

    private final LoaderHarness harness =
        new LoaderHarness(
            ServableData.of(new ServableId("m", 1), new Nothing()),
            new LoadRetry(0, Duration.ZERO, _ -> true, Version::noPause),
            (_, _) -> {});

    private static void noPause(Duration interval, CountDownLatch cancelled) {}

    private static boolean won(Runnable claim) {
      try {
        claim.run();
        return true;
      } catch (StatusException lost) {
        return false;
      }
    }

    @Operation
    public boolean requestLoad() {
      return won(harness::requestLoad);
    }

    @Operation
    public boolean requestUnload() {
      return won(harness::requestUnload);
    }

    @Operation
    public String state() {
      return harness.state().toString();
    }

    @Operation
    public boolean cancelled() {
      harness.cancelLoad();
      return harness.isCancelled();
    }

    @Operation
    public boolean healthy() {
      return harness.status().equals(Status.OK);
    }
  }

  @Test
  void everyInterleavingOfClaimsHasAnOrder() {
    new ModelCheckingOptions()
        .iterations(30)
        .invocationsPerIteration(500)
        .threads(2)
        .actorsPerThread(3)
        .check(Version.class);
  }
}
