package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.sluice.core.ServableId;
import dev.sluice.proto.tensorflow.ConfigProto;
import dev.sluice.testkit.Models;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a version says of its own session. */
class SavedModelConfigTest {

  private static final SessionOptions OPTIONS = SessionOptions.SERVE;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    assertThat(TensorFlowForTests.VERSION).isNotEmpty();
  }

  private void write(byte[] config) throws Exception {
    Path extra = Files.createDirectories(folder.resolve("assets.extra"));
    Files.write(extra.resolve("saved_model_config.pb"), config);
  }

  private static byte[] field(int number, byte[] message) {
    return UnknownFieldSet.newBuilder()
        .addField(
            number,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFrom(message))
                .build())
        .build()
        .toByteArray();
  }

  /** The third field of SessionOverrides. */
  private static byte[] disabling(long value) {
    return UnknownFieldSet.newBuilder()
        .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
        .build()
        .toByteArray();
  }

  private boolean optimiserIsDisabled(SessionOptions options) {
    ConfigProto config = Objects.requireNonNull(SavedModelConfig.apply(folder, options).config());
    return config.getGraphOptions().getRewriteOptions().getDisableMetaOptimizer();
  }

  @Test
  void missingEmptyOrOtherFileChangesNothing() throws Exception {
    assertThat(SavedModelConfig.apply(folder, OPTIONS)).isSameAs(OPTIONS);
    write(new byte[0]);
    assertThat(SavedModelConfig.apply(folder, OPTIONS)).isSameAs(OPTIONS);
    write(field(2, new byte[0]));
    assertThat(SavedModelConfig.apply(folder, OPTIONS)).isSameAs(OPTIONS);
  }

  @Test
  void fileThatCanNotBeReadChangesNothing() throws Exception {
    write("this is none".getBytes(StandardCharsets.UTF_8));
    assertThat(SavedModelConfig.apply(folder, OPTIONS)).isSameAs(OPTIONS);
  }

  @Test
  void optimiserIsAsTheFileSaysAndAllElseAsTheServerSays() throws Exception {
    write(field(1, disabling(1)));
    assertThat(optimiserIsDisabled(OPTIONS)).isTrue();
    assertThat(SavedModelConfig.apply(folder, OPTIONS).config().getAllowSoftPlacement()).isTrue();
    ConfigProto given = ConfigProto.newBuilder().setLogDevicePlacement(true).build();
    SessionOptions wanted = new SessionOptions(List.of("a"), 1, 2, false, given);
    SessionOptions both = SavedModelConfig.apply(folder, wanted);
    assertThat(both.config().getLogDevicePlacement()).isTrue();
    assertThat(both.config().getAllowSoftPlacement()).isFalse();
    assertThat(both.tags()).containsExactly("a");
    write(field(1, disabling(0)));
    assertThat(optimiserIsDisabled(OPTIONS)).isFalse();
  }

  @Test
  void versionWithSuchAFileLoads() throws Exception {
    Path version = Models.copyTo(folder, Models.HALF_PLUS_TWO).resolve("1");
    Path extra = Files.createDirectories(version.resolve("assets.extra"));
    Files.write(extra.resolve("saved_model_config.pb"), field(1, disabling(1)));
    SavedModelLoader loader = new SavedModelLoader(version, OPTIONS);
    loader.load(new ServableId("m", 1));
    assertThat(loader.servable()).isNotNull();
    loader.unload();
    assertThat(NativeObjects.open()).isEmpty();
  }
}
