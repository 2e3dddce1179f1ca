package dev.sluice.client;

import com.google.protobuf.MessageLite;
import dev.sluice.proto.serving.ClassificationRequest;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.RegressionRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A model on a server: which version and signature is meant, how long a call may take, and the
 * calls themselves.
 *
 * <p>Immutable and safe for use by several threads; methods that choose something give a new one.
 * Making one costs nothing and asks nobody.
 *
 * <p>Every call comes twice. The one blocks, and throws {@link SluiceException} if the call fails;
 * an interrupt cancels it. The other, {@code ...Async}, returns at once; its future fails with a
 * {@link SluiceException}, and cancelling the future, or completing it otherwise, cancels the call:
 * a server that has not begun the run then never does. Futures are completed on gRPC's threads.
 * Calls on a closed client throw {@link IllegalStateException}.
 */
public final class RemoteModel {

  private static final String SIGNATURES = "signature_def";

  private final Connection connection;
  private final ModelChoice choice;
  private final Duration deadline;

  RemoteModel(Connection connection, ModelChoice choice, Duration deadline) {
    this.connection = connection;
    this.choice = choice;
    this.deadline = deadline;
  }

  private RemoteModel with(ModelChoice other) {
    return new RemoteModel(connection, other, deadline);
  }

  /** The model's name. */
  public String name() {
    return choice.name();
  }

  /** The same model in this version, whatever was chosen before. */
  public RemoteModel version(long number) {
    return with(choice.withVersion(number));
  }

  /** The same model in the version that has this label in the server's configuration. */
  public RemoteModel label(String label) {
    return with(choice.withLabel(label));
  }

  /** The same model by this signature; else {@code serving_default} is meant. */
  public RemoteModel signature(String name) {
    return with(choice.withSignature(name));
  }

  /** The same model; predict answers with these outputs only. None for all of them. */
  public RemoteModel outputs(String... names) {
    return with(choice.withOutputs(List.of(names)));
  }

  /**
   * The same model; a call may take this long, with all its repetitions. Else what the client was
   * built with.
   *
   * @param limit above zero
   */
  public RemoteModel deadline(Duration limit) {
    return new RemoteModel(connection, choice, SluiceClient.positive("deadline", limit));
  }

  /** Runs the model on tensors, by the names of the signature's inputs. */
  public Prediction predict(Map<String, Tensor> inputs) {
    return Waiting.on(predictAsync(inputs), name());
  }

  /** See {@link #predict}. */
  public CompletableFuture<Prediction> predictAsync(Map<String, Tensor> inputs) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(choice.spec())
            .addAllOutputFilter(choice.outputs());
    inputs.forEach((input, tensor) -> request.putInputs(input, TensorMessages.message(tensor)));
    return call(
        new PendingCall.Question<>(Rpc.PREDICT, request.build(), name(), Answers::prediction));
  }

  /** Asks for the classes of examples. */
  public Classification classify(ExampleBatch examples) {
    return Waiting.on(classifyAsync(examples), name());
  }

  /** See {@link #classify}. */
  public CompletableFuture<Classification> classifyAsync(ExampleBatch examples) {
    ClassificationRequest request =
        ClassificationRequest.newBuilder()
            .setModelSpec(choice.spec())
            .setInput(examples.message())
            .build();
    return call(new PendingCall.Question<>(Rpc.CLASSIFY, request, name(), Answers::classification));
  }

  /** Asks for a number for each example. */
  public Regression regress(ExampleBatch examples) {
    return Waiting.on(regressAsync(examples), name());
  }

  /** See {@link #regress}. */
  public CompletableFuture<Regression> regressAsync(ExampleBatch examples) {
    RegressionRequest request =
        RegressionRequest.newBuilder()
            .setModelSpec(choice.spec())
            .setInput(examples.message())
            .build();
    return call(new PendingCall.Question<>(Rpc.REGRESS, request, name(), Answers::regression));
  }

  /**
   * Asks several signatures about the same examples, which is one run in the server.
   *
   * @param tasks at least one, each of another signature; that of this object is not used
   * @return the answers in the order of the tasks
   */
  public List<InferenceAnswer> multiInference(ExampleBatch examples, List<InferenceTask> tasks) {
    return Waiting.on(multiInferenceAsync(examples, tasks), name());
  }

  /** See {@link #multiInference}. */
  public CompletableFuture<List<InferenceAnswer>> multiInferenceAsync(
      ExampleBatch examples, List<InferenceTask> tasks) {
    return call(
        new PendingCall.Question<>(
            Rpc.MULTI_INFERENCE, choice.tasks(tasks, examples), name(), Answers::multiInference));
  }

  /** Asks for the signatures; the version must be available. */
  public ModelMetadata metadata() {
    return Waiting.on(metadataAsync(), name());
  }

  /** See {@link #metadata}. */
  public CompletableFuture<ModelMetadata> metadataAsync() {
    GetModelMetadataRequest request =
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(choice.spec())
            .addMetadataField(SIGNATURES)
            .build();
    return call(
        new PendingCall.Question<>(
            Rpc.METADATA, request, name(), answer -> Answers.metadata(answer, SIGNATURES)));
  }

  /**
   * Asks where the versions stand: the chosen one, or all that the server has seen, the newest
   * first. Servers don't look at a label here.
   */
  public List<VersionStatus> status() {
    return Waiting.on(statusAsync(), name());
  }

  /** See {@link #status}. */
  public CompletableFuture<List<VersionStatus>> statusAsync() {
    GetModelStatusRequest request =
        GetModelStatusRequest.newBuilder().setModelSpec(choice.spec()).build();
    return call(new PendingCall.Question<>(Rpc.STATUS, request, name(), Answers::status));
  }

  /**
   * Waits until calls are answered: by the chosen version or label, or by any version. The server
   * need not even be there yet.
   *
   * @param limit how long, above zero; the deadline of calls does not matter here
   * @return the version that answers
   * @throws SluiceException DEADLINE_EXCEEDED if the time is over, FAILED_PRECONDITION at once if
   *     the chosen version could not be loaded
   */
  public long awaitAvailable(Duration limit) {
    return Waiting.on(awaitAvailableAsync(limit), name());
  }

  /** See {@link #awaitAvailable}. Closing the client cancels it. */
  public CompletableFuture<Long> awaitAvailableAsync(Duration limit) {
    return AvailabilityWatch.start(connection, this, choice, SluiceClient.positive("limit", limit));
  }

  private <Q extends MessageLite, P, A> CompletableFuture<A> call(
      PendingCall.Question<Q, P, A> question) {
    return PendingCall.start(connection, question, deadline);
  }

  /** What is meant, such as {@code boston_model, version 3}. */
  @Override
  public String toString() {
    return choice.toString();
  }
}
