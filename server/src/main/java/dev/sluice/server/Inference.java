package dev.sluice.server;

import dev.sluice.batching.Call;
import dev.sluice.batching.CallObserver;
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

  /** The outcome of a request that ran. */
  public record Answer(ServableId id, Signature signature, List<Tensor> outputs) {}

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
   */
  public record Results(ServableId id, List<InferenceResult> results) {}

  private static final Set<String> PREDICT_METHODS =
      Set.of(
          "tensorflow/serving/predict",
          "tensorflow/serving/classify",
          "tensorflow/serving/regress");

  private final ServedModels models;
  private final RunScheduler scheduler;
  private final TensorBudget budget;
  private final boolean checksMethodNames;

  Inference(
      ServedModels models, RunScheduler scheduler, TensorBudget budget, boolean checksMethodNames) {
    this.models = models;
    this.scheduler = scheduler;
    this.budget = budget;
    this.checksMethodNames = checksMethodNames;
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
    return submit(selector, handle -> call(handle, predict, deadlineNanos), predict::over);
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
        handle -> call(handle, task(handle, method, signatureName), examples),
        examples.over());
  }

  /**
   * Starts a MultiInference request, as {@link #infer} does; all its tasks are one run.
   *
   * @param tasks at least one, of which the first says which model is asked
   */
  public Call multiInference(List<MultiInferenceEnvelope.Task> tasks, Examples examples) {
    return submit(
        examples.model(), handle -> call(handle, tasks(handle, tasks), examples), examples.over());
  }

  /**
   * Runs a predict request at once on the calling thread, on a model that is being loaded. When
   * this returns, the request was answered and its run is over; where it throws, it never is
   * answered.
   *
   * @param loading is closed here
   * @throws StatusException why the request cannot be run
   */
  public void predictHere(ServableHandle<Model> loading, Predict predict, long deadlineNanos) {
    runHere(loading, handle -> call(handle, predict, deadlineNanos), predict::over);
  }

  /** Runs a Classify or Regress request as {@link #predictHere} does a predict request. */
  public void inferHere(
      ServableHandle<Model> loading,
      InferenceMethod method,
      String signatureName,
      Examples examples) {
    runHere(
        loading,
        handle -> call(handle, task(handle, method, signatureName), examples),
        examples.over());
  }

  /** Runs a MultiInference request as {@link #predictHere} does a predict request. */
  public void multiInferenceHere(
      ServableHandle<Model> loading, List<MultiInferenceEnvelope.Task> tasks, Examples examples) {
    runHere(loading, handle -> call(handle, tasks(handle, tasks), examples), examples.over());
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
      Function<ServableHandle<Model>, Call> preparing,
      Runnable over) {
    Call call;
    try {
      call = prepared(handle, preparing);
    } catch (Throwable failure) {
      over.run();
      throw failure;
    }
    scheduler.runHere(call);
  }

  private Call submit(
      ModelSelector selector, Function<ServableHandle<Model>, Call> preparing, Runnable over) {
    Call call;
    try {
      call = prepared(models.handle(selector), preparing);
    } catch (Throwable failure) {
      over.run();
      throw failure;
    }
    scheduler.submit(call);
    return call;
  }

  private static Call prepared(
      ServableHandle<Model> handle, Function<ServableHandle<Model>, Call> preparing) {
    try {
      return preparing.apply(handle);
    } catch (Throwable failure) {
      handle.close();
      throw failure;
    }
  }

  /** Gives the loan of the model back, and tells whoever waits for that. */
  private static Runnable loan(ServableHandle<Model> handle, Runnable over) {
    return () -> {
      handle.close();
      over.run();
    };
  }

  private Call call(ServableHandle<Model> handle, Predict predict, long deadlineNanos) {
    Model model = handle.servable();
    Signature signature = predict.signature(model);
    checkMethodName(signature);
    List<Tensor> inputs = predict.inputs(signature, model.tensors(), budget);
    ServableId id = handle.id();
    return new Call(
        new Call.Request(model, signature, inputs, predict.wanted()),
        loan(handle, predict::over),
        deadlineNanos,
        CallObserver.NONE,
        (outputs, status) -> {
          if (outputs == null) {
            predict.answered(null, status);
          } else {
            // The run has returned, so its inputs need not stay while the answer is written.
            inputs.forEach(Tensor::close);
            predict.answered(new Answer(id, signature, outputs), status);
          }
        });
  }

  /** The one tensor of examples goes to every input of what is run. */
  private Call call(ServableHandle<Model> handle, InferenceTasks tasks, Examples examples) {
    Tensor batch = examples.batch().tensor(budget);
    List<Tensor> inputs = Collections.nCopies(tasks.run().inputs().size(), batch);
    ServableId id = handle.id();
    return new Call(
        new Call.Request(handle.servable(), tasks.run(), inputs),
        loan(handle, examples.over()),
        examples.deadlineNanos(),
        CallObserver.NONE,
        (outputs, status) -> answer(examples, id, tasks, outputs, status));
  }

  private static void answer(
      Examples examples,
      ServableId id,
      InferenceTasks tasks,
      @Nullable List<Tensor> outputs,
      Status status) {
    if (outputs == null) {
      examples.receiver().answered(null, status);
      return;
    }
    List<InferenceResult> results;
    try {
      results = tasks.results(outputs, examples.batch().size());
    } catch (RuntimeException | Error failure) {
      examples.receiver().answered(null, Status.of(failure));
      return;
    }
    examples.receiver().answered(new Results(id, results), status);
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
