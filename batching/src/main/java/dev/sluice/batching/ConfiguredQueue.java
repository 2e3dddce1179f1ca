package dev.sluice.batching;

import dev.sluice.batching.QueueReport.Way;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The way of a signature's calls into batches by TensorFlow Serving's parameters. The batches
 * themselves are {@link ConfiguredBatching}'s, since calls of several signatures may share one.
 */
final class ConfiguredQueue implements CallQueue {

  private final ConfiguredBatching batching;
  private final BatchingParameters parameters;
  private final Layout layout;
  private final QueueCounter counter = new QueueCounter();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();

  /**
   * @param layout of a call that wants every output
   */
  ConfiguredQueue(ConfiguredBatching batching, BatchingParameters parameters, Layout layout) {
    this.batching = batching;
    this.parameters = parameters;
    this.layout = layout;
  }

  @Override
  public void submit(Call call) {
    take(call, batching::add);
  }

  /** Here it is a batch of its own, or several if it is split, that wait for no company. */
  @Override
  public void runHere(Call call) {
    take(call, batching::runHere);
  }

  @Override
  public List<Long> usualRows() {
    List<Long> allowed = parameters.allowedBatchSizes();
    return allowed.isEmpty() ? List.of(1L, parameters.executionLimit()) : allowed;
  }

  private void take(Call call, Consumer<BatchTask> way) {
    Call.Request request = call.request();
    try {
      long rows = rows(request.inputs());
      BatchQueue.checkSize(parameters, rows);
      Layout asked =
          request.wanted().isEmpty()
              ? layout
              : Layout.of(request.model(), request.signature(), request.wanted());
      if (call.queued()) {
        way.accept(new BatchTask(call, asked, rows, this));
      }
    } catch (StatusException refusal) {
      counter.refused();
      var _ = call.fail(refusal);
    }
  }

  private static long rows(List<Tensor> inputs) {
    if (inputs.isEmpty()) {
      throw StatusException.invalidArgument("Batching Run() must have at least one input tensor");
    }
    for (Tensor input : inputs) {
      if (input.shape().rank() == 0) {
        throw StatusException.invalidArgument(
            "Batching Run() input tensors must have at least one dimension");
      }
    }
    Shape first = inputs.get(0).shape();
    for (Tensor input : inputs) {
      if (input.shape().dimension(0) != first.dimension(0)) {
        throw StatusException.invalidArgument(
            "Batching Run() input tensors must have equal 0th-dimension size");
      }
    }
    return first.dimension(0);
  }

  BatchingParameters parameters() {
    return parameters;
  }

  long now() {
    return batching.now();
  }

  QueueCounter counter() {
    return counter;
  }

  /** A call has begun or ceased to wait. */
  void waits(int difference) {
    waiting.addAndGet(difference);
  }

  /** A run for a call that came in here first of its batch has begun or ended. */
  void runs(int difference) {
    running.addAndGet(difference);
  }

  @Override
  public int waiting() {
    return waiting.get();
  }

  @Override
  public QueueReport report() {
    return new QueueReport(
        layout.signature().name(),
        Way.CONFIGURED,
        true,
        batching.threads().count()
            + " threads for all models run batches as TensorFlow Serving's parameters say: "
            + parameters.text(),
        parameters.executionLimit(),
        waiting.get(),
        running.get(),
        counter.counts());
  }

  @Override
  public void retire() {
    // Whatever still waits is in batches, which will run, and is counted nowhere else.
  }

  @Override
  public void close() {
    // The batching is closed as a whole.
  }
}
