package dev.sluice.bench;

import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadSpan;
import dev.sluice.status.StatusException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A load that goes on beside a measurement until it is told to end. */
final class Backdrop {

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Workshop.Generator generator;
  private final LoadPlan plan;
  private final Thread thread;
  private volatile boolean ending;
  private volatile @Nullable Throwable failure;

  private Backdrop(Workshop.Generator generator, LoadPlan plan) {
    this.generator = generator;
    this.plan = plan.withSpan(LoadSpan.lasting(Duration.ZERO, LONGEST));
    this.thread = Thread.ofPlatform().daemon().name("sluice-bench-beside").unstarted(this::go);
  }

  static Backdrop start(Workshop.Generator generator, LoadPlan plan) {
    Backdrop backdrop = new Backdrop(generator, plan);
    backdrop.thread.start();
    return backdrop;
  }

  private void go() {
    try {
      var result = generator.run(plan);
      failure = StatusException.internal("it ended by itself: %s", result.summary());
    } catch (InterruptedException expected) {
      if (!ending) {
        failure = expected;
      }
    } catch (RuntimeException | Error broken) {
      failure = broken;
    }
  }

  /**
   * Ends the load.
   *
   * @throws StatusException FAILED_PRECONDITION if it had ended before
   */
  void end() throws InterruptedException {
    ending = true;
    thread.interrupt();
    thread.join();
    if (failure != null) {
      throw StatusException.failedPrecondition(
          "the load beside it ended before its time: %s", failure);
    }
  }
}
