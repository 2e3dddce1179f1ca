package dev.sluice.bench;

import dev.sluice.load.LoadGenerator;
import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadResult;
import dev.sluice.tensorflow.PromptThread;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The load generator, on threads with short time slices. It stands for clients on other machines,
 * who would not wait for a processor on which a model computes.
 */
final class PromptGenerator implements Workshop.Generator {

  @Override
  public LoadResult run(LoadPlan plan) throws InterruptedException {
    FutureTask<LoadResult> load = new FutureTask<>(() -> runPromptly(plan));
    // A thread of its own: slices are inherited, also by servers that the caller starts.
    Thread thread = Thread.ofPlatform().name("sluice-bench-load").start(load);
    try {
      return load.get();
    } catch (InterruptedException ended) {
      thread.interrupt();
      thread.join();
      throw ended;
    } catch (ExecutionException failure) {
      throw cause(failure);
    }
  }

  private static LoadResult runPromptly(LoadPlan plan) throws InterruptedException {
    PromptThread.shortenSlices();
    return LoadGenerator.run(plan);
  }

  private static RuntimeException cause(ExecutionException failure) {
    if (failure.getCause() instanceof RuntimeException cause) {
      return cause;
    }
    return new IllegalStateException("the load generator failed", failure.getCause());
  }
}
