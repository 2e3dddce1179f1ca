package dev.sluice.server;

import dev.sluice.batching.Call;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.protocol.ExampleBatch;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.protocol.MultiInferenceEnvelope;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.metrics.Measured;
import dev.sluice.server.metrics.Meter;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.metrics.RequestKind;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.record.RequestLogs;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.server.trace.Traces;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one way of a request, whatever protocol it came by: look-up, signature, tensors, {@link
 * Call}, run. Thread-safe.
 */
public final class Inference {

  /** What a protocol contributes to a predict request. Used by one thread at a time. */
  public interface Predict {

    /** By which way it came. */
    Protocol protocol();

    /** When it came, in terms of {@link System#nanoTime}; of no meaning where nothing is timed. */
    long begunNanos();

    /** Its trace; null where it is not traced. */
    default @Nullable RequestTrace trace() {
      return null;
    }

    /** The signature that is meant, or the protocol's own text for one that is not there. */
    Signature signature(Model model);

    /**
     * Which outputs the answer will be made of, as {@link Call.Request#wanted}; asked once the
     * inputs are decoded.
     */
    default List<Integer> wanted() {
      return List.of();
    }

    /** Decodes the inputs, in the signature's order; nothing stays open where it throws. */
    List<Tensor> inputs(Signature signature, TensorAllocator tensors, TensorBudget budget);

    /**
     * Writes the answer. Called once, on any thread, and must not throw.
     *
     * @param answer what ran, and its outputs in the signature's order, valid until this returns,
     *     of which those that are not {@link #wanted} can't be read; null if the request failed
     */
    void answered(@Nullable Answer answer, Status status);

    /**
     * The request holds no tensor any more. Called once, on any thread: before the start of the
     * request throws, or when it was answered and every run has returned.
     */
    default void over() {}
  }

  /**
   * The outcome of a request that ran.
   *
   * @param measured is told when its bytes are there, before they are sent
   */
  public record Answer(
      ServableId id, Signature signature, List<Tensor> outputs, Measured measured) {}

  /**
   * Where a request came from.
   *
   * @param begunNanos as {@link Predict#begunNanos}
   * @param trace as {@link Predict#trace}
   */
  public record Origin(Protocol protocol, long begunNanos, @Nullable RequestTrace trace) {}

  /**
   * A request over examples, as far as all of them are alike.
   *
   * @param model which one is asked
   * @param batch the examples, which may be none
   * @param deadlineNanos as {@link Call} takes it
   * @param receiver gets the answer
   * @param over as {@link Predict#over}
   */
  public record Examples(
      Origin origin,
      ModelSelector model,
      ExampleBatch batch,
      long deadlineNanos,
      ResultReceiver receiver,
      Runnable over) {}

  /** Gets the answer to a request over examples. */
  public interface ResultReceiver {

    /**
     * Writes the answer. Called once, on any thread, and must not throw.
     *
     * @param results what ran and what it says, valid until this returns; null if the request
     *     failed
     */
    void answered(@Nullable Results results, Status status);
  }

  /**
   * The outcome of a request over examples.
   *
   * @param results one per task, in their order
   * @param measured is told when its bytes are there, before they are sent
   */
  public record Results(ServableId id, List<InferenceResult> results, Measured measured) {}

  private static final Set<String> PREDICT_METHODS =
      Set.of(
          "tensorflow/serving/predict",
          "tensorflow/serving/classify",
          "tensorflow/serving/regress");

  /** For runs of which nobody is to hear. */
  private static final ServerMetrics UNCOUNTED = ServerMetrics.off();

  private final ServedModels models;
  private final RunScheduler scheduler;
  private final TensorBudget budget;
  private final boolean checksMethodNames;
  private final ServerMetrics metrics;
  private final RequestLogs logs;
  private final @Nullable Traces traces;

  /**
   * How requests are treated.
   *
   * @param budget how large a tensor may be
   * @param checksMethodNames whether a signature is refused whose method does not fit the request
   * @param metrics counts them
   * @param logs logs some
   * @param traces null for none
   */
  record Options(
      TensorBudget budget,
      boolean checksMethodNames,
      ServerMetrics metrics,
      RequestLogs logs,
      @Nullable Traces traces) {}

  Inference(ServedModels models, RunScheduler scheduler, Options options) {
    this.models = models;
    this.scheduler = scheduler;
    this.budget = options.budget();
    this.checksMethodNames = options.checksMethodNames();
    this.metrics = options.metrics();
    this.logs = options.logs();
    this.traces = options.traces();
  }

  /** What counts requests: those that never come here as well. */
  public ServerMetrics metrics() {
    return metrics;
  }

  /** What traces requests, of which some never come here; null for nothing. */
  public @Nullable Traces traces() {
    return traces;
  }

  /** The models this runs on. */
  public ServedModels models() {
    return models;
  }

  /**
   * Starts a predict request. Once this returns, the request will be answered; where it throws, it
   * never is.
   *
   * @param deadlineNanos as {@link Call} takes it
   * @return the call, for whoever may want to cancel it
   * @throws StatusException why the request cannot be run
   */
  public Call predict(ModelSelector selector, Predict predict, long deadlineNanos) {
    return submit(selector, handle -> run(handle, predict, metrics), deadlineNanos, predict::over);
  }

  /**
   * Starts a Classify or Regress request. Once this returns, the request will be answered; where it
   * throws, it never is.
   *
   * @param signatureName as sent; empty for the default one
   * @return the call, for whoever may want to cancel it
   * @throws StatusException why the request cannot be run
   */
  public Call infer(InferenceMethod method, String signatureName, Examples examples) {
    return submit(
        examples.model(),
        handle -> run(handle, method, task(handle, method, signatureName), examples),
        examples.deadlineNanos(),
        examples.over());
  }

  /**
   * Starts a MultiInference request, as {@link #infer} does; all its tasks are one run.
   *
   * @param tasks at least one, of which the first says which model is asked
   */
  public Call multiInference(List<MultiInferenceEnvelope.Task> tasks, Examples examples) {
    return submit(
        examples.model(),
        handle -> run(handle, tasks(handle, tasks), examples),
        examples.deadlineNanos(),
        examples.over());
  }

  /**
   * Runs a predict request at once on the calling thread, on a model that is being loaded. When
   * this returns, the request was answered and its run is over; where it throws, it never is
   * answered. No metrics count it.
   *
   * @param loading is closed here
   * @throws StatusException why the request cannot be run
   */
  public void predictHere(ServableHandle<Model> loading, Predict predict, long deadlineNanos) {
    runHere(loading, handle -> run(handle, predict, UNCOUNTED), deadlineNanos, predict::over);
  }

  /** Runs a Classify or Regress request as {@link #predictHere} does a predict request. */
  public void inferHere(
      ServableHandle<Model> loading,
      InferenceMethod method,
      String signatureName,
      Examples examples) {
    runHere(
        loading,
        handle -> uncounted(handle, task(handle, method, signatureName), examples),
        examples.deadlineNanos(),
        examples.over());
  }

  /** Runs a MultiInference request as {@link #predictHere} does a predict request. */
  public void multiInferenceHere(
      ServableHandle<Model> loading, List<MultiInferenceEnvelope.Task> tasks, Examples examples) {
    runHere(
        loading,
        handle -> uncounted(handle, tasks(handle, tasks), examples),
        examples.deadlineNanos(),
        examples.over());
  }

  /** How many rows runs of a signature will have, see {@link RunScheduler#usualRows}. */
  public List<Long> usualRows(Model model, Signature signature) {
    return scheduler.usualRows(model, signature);
  }

  private InferenceTasks task(
      ServableHandle<Model> handle, InferenceMethod method, String signatureName) {
    return InferenceTasks.one(handle.servable(), method, signatureName, checksMethodNames);
  }

  private InferenceTasks tasks(
      ServableHandle<Model> handle, List<MultiInferenceEnvelope.Task> tasks) {
    return InferenceTasks.several(handle.servable(), tasks, checksMethodNames);
  }

  private void runHere(
      ServableHandle<Model> handle,
      Function<ServableHandle<Model>, MeasuredRun> preparing,
      long deadlineNanos,
      Runnable over) {
    MeasuredRun run;
    try {
      run = prepared(handle, preparing);
    } catch (Throwable failure) {
      over.run();
      throw failure;
    }
    scheduler.runHere(run.call(deadlineNanos, System.nanoTime()));
  }

  private Call submit(
      ModelSelector selector,
      Function<ServableHandle<Model>, MeasuredRun> preparing,
      long deadlineNanos,
      Runnable over) {
    MeasuredRun run;
    try {
      run = prepared(models.handle(selector), preparing);
    } catch (Throwable failure) {
      over.run();
      throw failure;
    }
    long now = System.nanoTime();
    run.logTo(logs.sampled(run.id().name()));
    Call call = run.call(deadlineNanos, now);
    scheduler.submit(call, now);
    return call;
  }

  private static MeasuredRun prepared(
      ServableHandle<Model> handle, Function<ServableHandle<Model>, MeasuredRun> preparing) {
    try {
      return preparing.apply(handle);
    } catch (Throwable failure) {
      handle.close();
      throw failure;
    }
  }

  private MeasuredRun run(ServableHandle<Model> handle, Predict predict, ServerMetrics counting) {
    Model model = handle.servable();
    Signature signature = predict.signature(model);
    checkMethodName(signature);
    List<Tensor> inputs = predict.inputs(signature, model.tensors(), budget);
    return new PredictRun(
        counting.meter(handle.id(), signature, predict.protocol(), RequestKind.PREDICT),
        handle,
        predict,
        new Call.Request(model, signature, inputs, predict.wanted()));
  }

  private MeasuredRun run(
      ServableHandle<Model> handle,
      InferenceMethod method,
      InferenceTasks tasks,
      Examples examples) {
    Meter meter =
        metrics.meter(handle.id(), tasks.run(), examples.origin().protocol(), kind(method));
    return new ExamplesRun(meter, handle, examples, asked(handle, tasks, examples));
  }

  private MeasuredRun run(ServableHandle<Model> handle, InferenceTasks tasks, Examples examples) {
    Meter meter = metrics.several(handle.id(), handle.servable(), examples.origin().protocol());
    return new ExamplesRun(
        meter, handle, examples, asked(handle, tasks, examples).countedBy(metrics));
  }

  private MeasuredRun uncounted(
      ServableHandle<Model> handle, InferenceTasks tasks, Examples examples) {
    Meter none = UNCOUNTED.several(handle.id(), handle.servable(), examples.origin().protocol());
    return new ExamplesRun(none, handle, examples, asked(handle, tasks, examples));
  }

  /** The one tensor of examples goes to every input of what is run. */
  private ExamplesRun.Asked asked(
      ServableHandle<Model> handle, InferenceTasks tasks, Examples examples) {
    Tensor batch = examples.batch().tensor(budget);
    List<Tensor> inputs = Collections.nCopies(tasks.run().inputs().size(), batch);
    return new ExamplesRun.Asked(
        tasks, new Call.Request(handle.servable(), tasks.run(), inputs), null);
  }

  private static RequestKind kind(InferenceMethod method) {
    return switch (method) {
      case CLASSIFY -> RequestKind.CLASSIFY;
      case REGRESS -> RequestKind.REGRESS;
    };
  }

  private void checkMethodName(Signature signature) {
    if (checksMethodNames && !PREDICT_METHODS.contains(signature.methodName())) {
      throw StatusException.internal(
          "Expected prediction signature method_name to be one of {tensorflow/serving/predict,"
              + " tensorflow/serving/classify, tensorflow/serving/regress}. Was: %s",
          signature.methodName());
    }
  }
}
