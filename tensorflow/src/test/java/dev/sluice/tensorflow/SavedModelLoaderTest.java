package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedModelLoaderTest {

  private static final ServableId ID = new ServableId("m", 1);

  @TempDir Path base;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  @AfterEach
  void nothingStaysOpen() {
    assertThat(NativeObjects.open()).isEmpty();
  }

  private SavedModelLoader loader() {
    return new SavedModelLoader(base.resolve("1"), SessionOptions.SERVE);
  }

  @Test
  @Spec("SL-1")
  void modelIsThereBetweenLoadAndUnloadOnly() {
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 1);
    SavedModelLoader loader = loader();
    assertThatThrownBy(loader::servable).isInstanceOf(IllegalStateException.class);
    loader.load(ID);
    assertThat(loader.servable()).isInstanceOf(Model.class).isSameAs(loader.servable());
    loader.unload();
    assertThatThrownBy(loader::servable).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @Spec({"SL-2", "RS-11"})
  void estimateIsAFifthMoreThanTheFilesAndTakenOnce() throws IOException {
    Files.createDirectories(base.resolve("1/variables"));
    Files.write(base.resolve("1/saved_model.pb"), new byte[101]);
    Files.write(base.resolve("1/variables/variables.index"), new byte[11]);
    SavedModelLoader loader = loader();
    assertThat(loader.estimateBytes()).isEqualTo(134); // 1.2 x 112, cut off
    Files.write(base.resolve("1/saved_model.pb"), new byte[1000]);
    assertThat(loader.estimateBytes()).isEqualTo(134);
  }

  @Test
  @Spec("RS-11")
  void estimateOfNothingFails() {
    assertThatThrownBy(loader()::estimateBytes)
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND));
  }

  @Test
  @Spec("SL-4")
  void failedLoadKeepsItsCodeAndLeavesNothing() {
    SavedModelLoader loader = loader();
    assertThatThrownBy(() -> loader.load(ID))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND));
    assertThatThrownBy(loader::servable).isInstanceOf(IllegalStateException.class);
  }
}
