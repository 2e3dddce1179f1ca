package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random requests for the models whose requests must never share a run, and for those whose
 * requests may, from many clients at once over both protocols. Every answer is compared with what
 * the model says to that request alone; for models that remember or draw, with what any order of
 * lone runs could have said.
 */
class SharedRunsUnderLoadTest {

  private static final int CLIENTS_PER_PROTOCOL = 12;

  /** For so many requests in a row most are for the same model, so that many meet. */
  private static final int STRETCH = 120;

  @TempDir Path folder;

  private final long seed = Long.getLong("sluice.seed", 20_261_123L);
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  @Test
  void coupledModelsAreNeverMergedAndRowWiseOnesAre() throws Exception {
    underLoad(3 * 24 * STRETCH);
  }

  @Test
  @Tag("stress")
  @Timeout(900)
  void coupledModelsAreNeverMergedForLong() throws Exception {
    underLoad(20 * 24 * STRETCH);
  }

  private void underLoad(int count) throws Exception {
    List<String> names = Stream.concat(Models.COUPLED.stream(), Models.ROW_WISE.stream()).toList();
    names.forEach(name -> Models.copyTo(folder, name));
    TestServer.loadTensorFlow();
    List<LoneRuns> models = new ArrayList<>();
    for (String name : names) {
      models.add(LoneRuns.of(name, folder.resolve(name).resolve("1"), new Random(seed)));
    }
    String[] flags = {
      TestServer.modelConfig(folder, names.toArray(String[]::new)), "--admin_port=1"
    };
    try (TestServer server = TestServer.start(flags)) {
      ask(server, models, count);
      assertThat(failures.stream().limit(3))
          .as("the first of %d, seed %d", failures.size(), seed)
          .isEmpty();
      long saved = 0;
      for (LoneRuns model : models) {
        model.checkTogether();
        saved += runsSaved(server, model);
      }
      assertThat(saved).as("requests that shared another's run").isPositive();
    }
    System.out.printf(
        "Shared runs under load: %d requests for %d models, every answer as in a run of its own;"
            + " seed %d%n",
        count, models.size(), seed);
  }

  private void ask(TestServer server, List<LoneRuns> models, int count) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 2 * CLIENTS_PER_PROTOCOL; i++) {
      Random random = new Random(seed + i);
      boolean rest = i % 2 == 0;
      clients.add(
          Thread.ofPlatform()
              .start(() -> {
                try (LoneRuns.Asker asker = rest ? LoneRuns.rest(server) : LoneRuns.grpc(server)) {
                  for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                    failures.addAll(model(models, n, random).ask(asker, random));
                  }
                } catch (Exception failure) {
                  failures.add(failure.toString());
                  next.set(count); // the others need not go on
                }
              }));
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private static LoneRuns model(List<LoneRuns> models, int request, Random random) {
    boolean any = random.nextInt(5) == 0;
    return models.get((any ? random.nextInt(models.size()) : request / STRETCH) % models.size());
  }

  /** By sharing, which for one model may be none if its requests never met. */
  private static long runsSaved(TestServer server, LoneRuns model) throws Exception {
    Struct.Builder page = Struct.newBuilder();
    try (RawHttp admin = new RawHttp(server.adminPort())) {
      RawHttp.Answer answer =
          admin.send(RawHttp.get("/v1/models/" + model.name() + "/batching")).read();
      JsonFormat.parser().merge(answer.text(), page);
    }
    Struct version = only(page.getFieldsOrThrow("versions"));
    Struct signature = only(version.getFieldsOrThrow("signatures"));
    long runs = (long) signature.getFieldsOrThrow("runs").getNumberValue();
    long calls = (long) signature.getFieldsOrThrow("calls").getNumberValue();
    boolean merged = signature.getFieldsOrThrow("merged").getBoolValue();
    assertThat(calls).as(model.name()).isEqualTo(model.asked());
    if (Models.COUPLED.contains(model.name())) {
      assertThat(merged).as(model.name()).isFalse();
      assertThat(runs).as("runs of %s", model.name()).isEqualTo(calls);
    } else {
      assertThat(merged).as(model.name()).isTrue();
      assertThat(runs).as("runs of %s", model.name()).isLessThanOrEqualTo(calls);
    }
    return calls - runs;
  }

  private static Struct only(Value list) {
    assertThat(list.getListValue().getValuesList()).hasSize(1);
    return list.getListValue().getValues(0).getStructValue();
  }
}
