package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batching.Call;
import dev.sluice.batching.CallObserver;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.EventBus;
import dev.sluice.core.ManagerOptions;
import dev.sluice.core.ServableData;
import dev.sluice.core.ServableHandle;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableRequest;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.tensorflow.SavedModelLoader;
import dev.sluice.tensorflow.SessionOptions;
import dev.sluice.testkit.Models;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Over ten thousand calls with a time-out of 1 ms to a model that takes 500 ms, while the version
 * they run on is being removed. Some runs heed the time-out; those of the {@code stubborn}
 * signature go on inside TensorFlow long after their caller was answered.
 */
class TimeoutStormTest {

  private static final int EXPIRED = 10_000;
  private static final int MOST_ROUNDS = 80;
  private static final int CALLS = 500;

  @BeforeAll
  static void load() throws Exception {
    TestServer.config("--model_base_path=/nowhere"); // loads TensorFlow
  }

  @Test
  void everyCallIsAnsweredAndEveryNativeObjectClosed(@TempDir Path temporary) throws Exception {
    Path version = Models.copyTo(temporary, Models.SLOW).resolve("1");
    Map<StatusCode, Long> outcomes = new ConcurrentHashMap<>();
    EventBus<ServableState> bus = new EventBus<>();
    ServableStateMonitor monitor = new ServableStateMonitor(bus);
    ManagerOptions options =
        ManagerOptions.defaults()
            .withLoadThreads(2)
            .withUnloadThreads(2)
            .withManageInterval(Duration.ofMillis(1));
    try (monitor;
        AspiredVersionsManager manager = new AspiredVersionsManager(options, bus);
        RunScheduler scheduler =
            new RunScheduler(new RunScheduler.Options(64, 100_000, System::nanoTime))) {
      int round = 0;
      while (outcomes.getOrDefault(StatusCode.DEADLINE_EXCEEDED, 0L) < EXPIRED) {
        round++;
        assertThat(round).isLessThanOrEqualTo(MOST_ROUNDS);
        ServableId id = new ServableId("slow", round);
        manager.aspire(
            "slow",
            List.of(ServableData.of(id, new SavedModelLoader(version, SessionOptions.SERVE))));
        await(monitor, id, ServableState.Stage.AVAILABLE);
        CountDownLatch answered = new CountDownLatch(CALLS);
        for (int i = 0; i < CALLS; i++) {
          if (i == CALLS / 2) {
            manager.aspire("slow", List.of()); // removed while calls run, wait and come
          }
          submit(manager, scheduler, i, outcomes, answered);
        }
        assertThat(answered.await(60, TimeUnit.SECONDS)).isTrue();
        await(monitor, id, ServableState.Stage.END);
      }
    }
    System.out.println("Time-out storm: " + outcomes);
    assertThat(outcomes.keySet())
        .isSubsetOf(StatusCode.DEADLINE_EXCEEDED, StatusCode.NOT_FOUND, StatusCode.UNAVAILABLE);
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static void await(ServableStateMonitor monitor, ServableId id, ServableState.Stage stage)
      throws InterruptedException {
    assertThat(
            monitor
                .waitUntilServablesReach(
                    List.of(ServableRequest.of(id)), stage, Duration.ofSeconds(60))
                .stages())
        .as("%s reaches %s", id, stage)
        .containsEntry(id, stage);
  }

  private static void submit(
      AspiredVersionsManager manager,
      RunScheduler scheduler,
      int number,
      Map<StatusCode, Long> outcomes,
      CountDownLatch answered) {
    ServableHandle<Model> handle;
    try {
      handle = manager.handle(ServableRequest.latest("slow"), Model.class);
    } catch (StatusException gone) {
      outcomes.merge(gone.code(), 1L, Long::sum);
      answered.countDown();
      return;
    }
    Model model = handle.servable();
    Signature signature =
        model.signatures().get(number % 20 == 0 ? "stubborn" : Signature.DEFAULT_NAME);
    Tensor millis = model.tensors().allocate(DataType.INT64, Shape.of(1));
    millis.data().set(ValueLayout.JAVA_LONG, 0, 500);
    scheduler.submit(
        new Call(
            new Call.Request(model, signature, List.of(millis)),
            handle::close,
            System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1),
            CallObserver.NONE,
            (outputs, status) -> {
              outcomes.merge(status.code(), 1L, Long::sum);
              answered.countDown();
            }));
  }
}
