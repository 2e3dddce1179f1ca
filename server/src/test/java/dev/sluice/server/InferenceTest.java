package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.batching.Call;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.EventBus;
import dev.sluice.core.Loader;
import dev.sluice.core.ManagerOptions;
import dev.sluice.core.ServableData;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableRequest;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.ExampleBatch;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.protocol.JsonExampleRequest;
import dev.sluice.protocol.MultiInferenceEnvelope;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.record.RequestLogs;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests over examples on an engine that does as it is told: what is run, and what is closed. */
class InferenceTest {

  private static final ServableId ID = new ServableId("m", 1);

  private final FakeModel model = new FakeModel();
  private final EventBus<ServableState> bus = new EventBus<>();
  private final ServableStateMonitor monitor = new ServableStateMonitor(bus);
  private final RunScheduler scheduler =
      new RunScheduler(new RunScheduler.Options(2, 10, System::nanoTime));
  private final ServerMetrics metrics = ServerMetrics.on("m"::equals);
  private AspiredVersionsManager manager;
  private Inference inference;

  @BeforeEach
  void load() throws Exception {
    ManagerOptions options =
        ManagerOptions.defaults()
            .withLoadThreads(1)
            .withUnloadThreads(1)
            .withManageInterval(Duration.ofMillis(1));
    manager = new AspiredVersionsManager(options, bus);
    manager.aspire("m", List.of(ServableData.of(ID, new ReadyLoader(model))));
    await(ServableState.Stage.AVAILABLE);
    inference =
        new Inference(
            new ServedModels(manager, monitor, new VersionLabels(_ -> true)),
            scheduler,
            new Inference.Options(TensorBudget.DEFAULT, false, metrics, noLogs(), null));
  }

  /** The model can be unloaded only if every loan of it came back. */
  @AfterEach
  void everythingIsGivenBack() throws Exception {
    model.release.countDown();
    manager.aspire("m", List.of());
    await(ServableState.Stage.END);
    manager.close();
    scheduler.close();
    monitor.close();
    assertThat(model.closedOutputs()).isEqualTo(model.outputs.size());
    for (Tensor input : model.inputs) {
      assertThatThrownBy(() -> input.string(0)).hasMessage("tensor is closed");
    }
  }

  private void await(ServableState.Stage stage) throws InterruptedException {
    assertThat(
            monitor
                .waitUntilServablesReach(
                    List.of(ServableRequest.of(ID)), stage, Duration.ofSeconds(60))
                .stages())
        .containsEntry(ID, stage);
  }

  private static RequestLogs noLogs() {
    return new RequestLogs(new RequestLogs.Options(1, 1, List.of()), (model, outcome) -> {});
  }

  private static ExampleBatch batch(String examples) {
    return JsonExampleRequest.read(
            ("{\"examples\": " + examples + "}").getBytes(StandardCharsets.UTF_8))
        .examples();
  }

  /** Asks, and waits for the answer: the numbers of the results, or why there are none. */
  private final class Asking implements Inference.ResultReceiver {
    private final CompletableFuture<List<Float>> answer = new CompletableFuture<>();

    @Override
    public void answered(Inference.Results results, Status status) {
      if (results == null) {
        answer.completeExceptionally(status.toException());
        return;
      }
      List<Float> numbers = new ArrayList<>();
      for (InferenceResult result : results.results()) {
        Tensor values =
            switch (result) {
              case InferenceResult.Regressions regressions -> regressions.values();
              case InferenceResult.Classifications classifications -> classifications.scores();
            };
        numbers.add(values.data().get(ValueLayout.JAVA_FLOAT, 0));
      }
      answer.complete(numbers);
    }

    Inference.Examples examples(ExampleBatch batch, long deadlineNanos) {
      return new Inference.Examples(
          new Inference.Origin(Protocol.GRPC, System.nanoTime(), null),
          ModelSelector.latest("m"),
          batch,
          deadlineNanos,
          this,
          () -> {});
    }

    Call regress(long deadlineNanos) {
      return inference.infer(
          InferenceMethod.REGRESS, "price", examples(batch("[{}]"), deadlineNanos));
    }

    List<Float> numbers() throws Exception {
      return answer.get(60, TimeUnit.SECONDS);
    }

    Status failure() {
      AtomicReference<Status> status = new AtomicReference<>();
      assertThatThrownBy(this::numbers)
          .satisfies(failure -> status.set(Status.of(failure.getCause())));
      return status.get();
    }
  }

  private static MultiInferenceEnvelope.Task task(String signature, String method) {
    return new MultiInferenceEnvelope.Task(
        new RequestedModel(true, "m", OptionalLong.empty(), Optional.empty(), signature),
        "tensorflow/serving/" + method);
  }

  @Test
  void regressionIsRunOnceAndAnswered() throws Exception {
    Asking asking = new Asking();
    asking.regress(Call.NO_DEADLINE);
    assertThat(asking.numbers()).containsExactly(1f);
    assertThat(model.runs).containsExactly("price");
  }

  @Test
  void allTasksOfAMultiInferenceAreOneRun() throws Exception {
    Asking asking = new Asking();
    inference.multiInference(
        List.of(task("kind", "classify"), task("price", "regress"), task("twin", "regress")),
        asking.examples(batch("[{}]"), Call.NO_DEADLINE));
    // kind's tensor comes second in the run, price's first; twin has the tensor of price.
    assertThat(asking.numbers()).containsExactly(2f, 1f, 1f);
    assertThat(model.runs).containsExactly("kind+price+twin");
    assertThat(model.inputs).as("one tensor for both inputs of the run").hasSize(2);
    assertThat(model.inputs.get(0)).isSameAs(model.inputs.get(1));
  }

  @Test
  void requestThatIsRefusedKeepsNoLoan() {
    Asking asking = new Asking();
    assertThatThrownBy(() ->
            inference.infer(InferenceMethod.CLASSIFY, "nope", asking.examples(batch("[{}]"), 0)))
        .hasMessage("No signature was found with the name: nope");
    assertThatThrownBy(() ->
            inference.multiInference(
                List.of(task("price", "predict")), asking.examples(batch("[{}]"), 0)))
        .hasMessage("Unsupported signature method_name: tensorflow/serving/predict");
    assertThat(model.runs).isEmpty();
  }

  @Test
  void resultThatDoesNotFitIsAFailure() {
    Asking asking = new Asking();
    inference.infer(
        InferenceMethod.REGRESS, "price", asking.examples(batch("[{}, {}]"), Call.NO_DEADLINE));
    assertThat(asking.failure())
        .isEqualTo(
            new Status(
                StatusCode.INVALID_ARGUMENT,
                "Input batch size did not match output batch size: 2 vs. 1"));
  }

  @Test
  void deadlineIsAnsweredWhileTheRunGoesOn() throws Exception {
    model.holds = true;
    Asking asking = new Asking();
    asking.regress(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100));
    assertThat(asking.failure().code()).isEqualTo(StatusCode.DEADLINE_EXCEEDED);
  }

  @Test
  void cancelledRequestIsGivenUp() throws Exception {
    model.holds = true;
    Asking asking = new Asking();
    Call call = asking.regress(Call.NO_DEADLINE);
    assertThat(model.begun.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(call.cancel()).isTrue();
    assertThat(asking.failure().code()).isEqualTo(StatusCode.CANCELLED);
  }

  /** Gives every output a vector of one float: 1 for the first, 2 for the second and so on. */
  private static final class FakeModel implements Model {

    private final SortedMap<String, Signature> signatures = new TreeMap<>();
    private final List<String> runs = new ArrayList<>();
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private volatile boolean holds;

    FakeModel() {
      add("price", "in_a", "outputs", "a_price");
      add("twin", "in_a", "outputs", "a_price");
      add("kind", "in_b", "scores", "b_kind");
    }

    private void add(String name, String input, String output, String tensor) {
      signatures.put(
          name,
          new Signature(
              name,
              "",
              List.of(new TensorSpec("inputs", input, DataType.STRING, null)),
              List.of(new TensorSpec(output, tensor, DataType.FLOAT, null)),
              new byte[0]));
    }

    long closedOutputs() {
      return outputs.stream().filter(FakeModel::isClosed).count();
    }

    private static boolean isClosed(Tensor tensor) {
      try {
        var _ = tensor.data();
        return false;
      } catch (IllegalStateException closed) {
        return true;
      }
    }

    @Override
    public SortedMap<String, Signature> signatures() {
      return signatures;
    }

    @Override
    public TensorAllocator tensors() {
      return new ArenaTensors();
    }

    @Override
    public Signature merged(Collection<Signature> parts) {
      return Signature.union(parts);
    }

    @Override
    public List<Tensor> run(Signature signature, List<Tensor> fed, RunOptions options) {
      runs.add(signature.name());
      inputs.addAll(fed);
      begun.countDown();
      if (holds) {
        awaitRelease();
      }
      List<Tensor> made = new ArrayList<>();
      for (TensorSpec output : signature.outputs()) {
        boolean matrix = output.engineName().equals("b_kind");
        Tensor tensor = tensors().allocate(DataType.FLOAT, matrix ? Shape.of(1, 1) : Shape.of(1));
        tensor.data().set(ValueLayout.JAVA_FLOAT, 0, made.size() + 1);
        made.add(tensor);
      }
      outputs.addAll(made);
      return made;
    }

    private void awaitRelease() {
      try {
        release.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record ReadyLoader(Model model) implements Loader {

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
      return model;
    }
  }
}
