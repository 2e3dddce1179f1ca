package dev.sluice.core;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The life of one version, with several threads at it: who claims the load or the unload takes the
 * steps that follow, others look on, fail it from outside, or cancel it. What each is told is what
 * some order of all that comes to in a model of a few lines.
 */
@Tag("stress")
public class LoadingLincheckTest {

  /** Kept, since a logger that nobody holds loses its level. */
  private static final Logger LOG = Logger.getLogger("dev.sluice.core");

  /** Each step has a line, and there are a million steps. */
  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  private static void noPause(Duration interval, CountDownLatch cancelled) {}

  private static LoaderHarness harness(Loader loader) {
    return new LoaderHarness(
        ServableData.of(new ServableId("m", 1), loader),
        new LoadRetry(0, Duration.ZERO, _ -> true, LoadingLincheckTest::noPause),
        (_, _) -> {});
  }

  /** Counts what is loaded. */
  private static final class Counted implements Loader {
    private final AtomicInteger loaded = new AtomicInteger();
    private final AtomicInteger unloaded = new AtomicInteger();

    @Override
    public long estimateBytes() {
      return 0;
    }

    @Override
    public void load(ServableId id) {
      loaded.incrementAndGet();
    }

    @Override
    public void unload() {
      unloaded.incrementAndGet();
    }

    @Override
    public Object servable() {
      return this;
    }
  }

  /** From new to gone, a step at a time. */
  public static class Life {

    private static final int NOBODY = -1;

    private final Counted loader = new Counted();
    private final LoaderHarness harness = harness(loader);
    private volatile int loads = NOBODY;
    private volatile int unloads = NOBODY;

    private static boolean done(Runnable step) {
      try {
        step.run();
        return true;
      } catch (StatusException refused) {
        return false;
      }
    }

    @Operation
    public boolean claimLoad(@Param(gen = ThreadIdGen.class) int thread) {
      boolean won = done(harness::requestLoad);
      if (won) {
        loads = thread;
      }
      return won;
    }

    @Operation
    public boolean claimUnload(@Param(gen = ThreadIdGen.class) int thread) {
      boolean won = done(harness::requestUnload);
      if (won) {
        unloads = thread;
      }
      return won;
    }

    /** The next step of who has a claim: what it was, or that there is none to take. */
    @Operation
    public String step(@Param(gen = ThreadIdGen.class) int thread) {
      return switch (harness.state()) {
        case LOAD_REQUESTED -> step(loads == thread, harness::approveLoad, "approved");
        case LOAD_APPROVED -> step(loads == thread, harness::load, "loaded");
        case LOADING -> step(loads == thread, harness::ready, "ready");
        case UNLOAD_REQUESTED -> step(unloads == thread, harness::startQuiescing, "quiesces");
        case QUIESCING -> step(unloads == thread, harness::finishQuiescing, "quiet");
        case QUIESCED -> unloads == thread ? unload() : "none";
        case NEW, READY, UNLOADING, DISABLED, ERROR -> "none";
      };
    }

    private static String step(boolean mine, Runnable step, String name) {
      return mine && done(step) ? name : "none";
    }

    /** Counts where the loader was told, though the version was failed in that moment. */
    private String unload() {
      var _ = done(harness::unload);
      return loader.unloaded.get() > 0 ? "unloaded" : "none";
    }

    @Operation
    public boolean fail() {
      harness.fail(new Status(StatusCode.UNKNOWN, "outside"));
      return harness.state() == HarnessState.ERROR;
    }

    /** The state; while the loader unloads, the version is as good as gone. */
    @Operation
    public String state() {
      HarnessState state = harness.state();
      return state == HarnessState.UNLOADING ? "disabled" : state.toString();
    }

    @Validate
    public void isUnloadedAtMostOnceAndNotBeforeItsLoad() {
      if (loader.loaded.get() > 1 || loader.unloaded.get() > loader.loaded.get()) {
        throw new IllegalStateException(
            "%s loads, %s unloads".formatted(loader.loaded, loader.unloaded));
      }
    }
  }

  /** What {@link Life} is to come to. */
  public static class LifeModel {

    private static final String[] STATES = {
      "new",
      "load-requested",
      "load-approved",
      "loading",
      "ready",
      "unload-requested",
      "quiescing",
      "quiesced",
      "disabled"
    };
    private static final String[] STEPS = {
      "none", "approved", "loaded", "ready", "none", "quiesces", "quiet", "unloaded", "none"
    };
    private static final int READY = 4;

    private int state;
    private int owner;
    private boolean failed;

    public boolean claimLoad(int thread) {
      return claim(0, thread);
    }

    public boolean claimUnload(int thread) {
      return claim(READY, thread);
    }

    private boolean claim(int from, int thread) {
      if (failed || state != from) {
        return false;
      }
      state++;
      owner = thread;
      return true;
    }

    public String step(int thread) {
      if (failed || STEPS[state].equals("none") || owner != thread) {
        return "none";
      }
      return STEPS[state++];
    }

    public boolean fail() {
      failed = true;
      return true;
    }

    public String state() {
      return failed ? "error" : STATES[state];
    }
  }

  /** A load and a cancel. */
  public static class Cancellable {

    private final Counted loader = new Counted();
    private final LoaderHarness harness = harness(loader);

    /**
     * Whether the load has come to something that is served. Once, since a second one is refused by
     * what the first may not come to.
     */
    @Operation(runOnce = true)
    public boolean load() {
      try {
        harness.requestLoad();
        harness.approveLoad();
        harness.load();
        harness.ready();
        return true;
      } catch (StatusException refusedOrCancelled) {
        return false;
      }
    }

    @Operation
    public void cancel() {
      harness.cancelLoad();
    }

    /** What is not served is not loaded either, and nobody is left between states. */
    @Validate
    public void nothingIsLeftLoaded() {
      HarnessState state = harness.state();
      int left = loader.loaded.get() - loader.unloaded.get();
      boolean sound = state == HarnessState.READY ? left == 1 : left == 0 && state.isAtRest();
      if (!sound) {
        throw new IllegalStateException("%s with %d loaded".formatted(state, left));
      }
    }
  }

  /** What {@link Cancellable} is to come to. */
  public static class CancellableModel {
    private boolean cancelled;

    public boolean load() {
      return !cancelled;
    }

    public void cancel() {
      cancelled = true;
    }
  }

  @Test
  void everyRaceThroughALifeHasAnOrder() {
    new StressOptions()
        .iterations(40)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsBefore(3)
        .actorsPerThread(4)
        .actorsAfter(2)
        .sequentialSpecification(LifeModel.class)
        .check(Life.class);
  }

  @Test
  void cancelledLoadIsNeitherServedNorLeftBehind() {
    new StressOptions()
        .iterations(20)
        .invocationsPerIteration(2000)
        .threads(3)
        .actorsBefore(0)
        .actorsPerThread(2)
        .actorsAfter(1)
        .sequentialSpecification(CancellableModel.class)
        .check(Cancellable.class);
  }
}
