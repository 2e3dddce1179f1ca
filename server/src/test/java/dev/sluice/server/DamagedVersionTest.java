package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Damage;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New versions with damaged files, each beside a good one that serves. */
class DamagedVersionTest {

  /** All but the one that TensorFlow takes for a model without variables. */
  private static final Set<Damage> DAMAGES =
      EnumSet.complementOf(EnumSet.of(Damage.VARIABLES_INDEX_MISSING));

  private static final Duration GUARD = Duration.ofMinutes(2);

  @TempDir Path models;

  @Test
  void damagedVersionsEndWithTheReasonAndTheGoodOnesServeOn() throws Exception {
    for (Damage damage : DAMAGES) {
      Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve(name(damage)), 1);
    }
    String[] names = DAMAGES.stream().map(damage -> name(damage)).toArray(String[]::new);
    String config = TestServer.modelConfig(models, names);
    try (TestServer server = TestServer.start(config, "--max_num_load_retries=0")) {
      DAMAGES.forEach(
          damage -> damage.copy(Models.HALF_PLUS_TWO, 2, models.resolve(name(damage)), 2));
      for (Damage damage : DAMAGES) {
        ModelVersionStatus ended = ended(server, name(damage));
        assertThat(ended.getStatus().getErrorCodeValue()).as(name(damage)).isNotZero();
        assertThat(ended.getStatus().getErrorMessage()).as(name(damage)).isNotBlank();
        assertThat(
                server
                    .post("/v1/models/" + name(damage) + ":predict", "{\"inputs\": [2.0]}")
                    .body())
            .as(name(damage))
            .contains("3.0");
      }
    }
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static String name(Damage damage) {
    return damage.name().toLowerCase(Locale.ROOT);
  }

  private static ModelVersionStatus ended(TestServer server, String model) {
    GetModelStatusRequest request =
        GetModelStatusRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(model))
            .build();
    long start = System.nanoTime();
    while (System.nanoTime() - start < GUARD.toNanos()) {
      List<ModelVersionStatus> versions =
          server.models().getModelStatus(request).getModelVersionStatusList();
      for (ModelVersionStatus version : versions) {
        if (version.getVersion() == 2 && version.getState() == ModelVersionStatus.State.END) {
          return version;
        }
      }
      LockSupport.parkNanos(5_000_000);
    }
    throw new AssertionError(model + " version 2 did not end");
  }
}
