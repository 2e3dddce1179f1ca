package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.TextFormat;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.ReloadConfigRequest;
import dev.sluice.proto.serving.ReloadConfigResponse;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A server whose models are {@link StampedModel}s in a folder, and what tests of reloads ask of it.
 */
final class ReloadingServer implements AutoCloseable {

  private static final long GUARD_SECONDS = 60;

  private final TestServer server;

  private ReloadingServer(TestServer server) {
    this.server = server;
  }

  /** Starts with the models of a config file; loads are not retried. */
  static ReloadingServer start(Path folder, String config, String... flags) throws Exception {
    Path file = Files.writeString(folder.resolve("models.config"), config);
    List<String> all = new ArrayList<>();
    all.add("--model_config_file=" + file);
    all.add("--max_num_load_retries=0");
    all.add("--version_completeness_check=false");
    all.addAll(List.of(flags));
    return new ReloadingServer(TestServer.start(all.toArray(String[]::new)));
  }

  /** The list of these models. */
  static String list(String... models) {
    return "model_config_list { " + String.join(" ", models) + " }";
  }

  /** A model of a config, with its base path below the folder by its own name. */
  static String model(Path folder, String name, String... more) {
    return modelAt(folder.resolve(name), name, more);
  }

  static String modelAt(Path basePath, String name, String... more) {
    return "config { name: '%s' base_path: '%s' model_platform: 'tensorflow' %s }\n"
        .formatted(name, basePath, String.join(" ", more));
  }

  /** Makes a version of a model below the folder; it appears there at once and complete. */
  static void version(Path folder, String name, long version) throws IOException {
    Path making = Files.createTempDirectory(Files.createDirectories(folder), "making");
    Path made = StampedModel.make(making, version);
    Files.createDirectories(folder.resolve(name));
    Files.move(made, folder.resolve(name).resolve(Long.toString(version)));
    Files.delete(making);
  }

  TestServer server() {
    return server;
  }

  ReloadConfigResponse reload(String config) throws TextFormat.ParseException {
    return reload(request(config));
  }

  ReloadConfigResponse reload(ReloadConfigRequest request) {
    return server
        .models()
        .withDeadlineAfter(GUARD_SECONDS, TimeUnit.SECONDS)
        .handleReloadConfigRequest(request);
  }

  static ReloadConfigRequest request(String config) throws TextFormat.ParseException {
    ModelServerConfig.Builder into = ModelServerConfig.newBuilder();
    TextFormat.merge(config, into);
    return ReloadConfigRequest.newBuilder().setConfig(into).build();
  }

  /** The code and the text with which a reload fails. */
  String refusal(String config) throws TextFormat.ParseException {
    ReloadConfigRequest request = request(config);
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> reload(request));
    assertThat(failure).as("refusal of %s", config).isNotNull();
    return failure.getStatus().getCode() + ": " + failure.getStatus().getDescription();
  }

  /** Which version answers; 0 if none does. */
  long answers(String model) {
    return answers(ModelSpec.newBuilder().setName(model));
  }

  /** Which version answers to a label; 0 if none does. */
  long answersTo(String model, String label) {
    return answers(ModelSpec.newBuilder().setName(model).setVersionLabel(label));
  }

  private long answers(ModelSpec.Builder spec) {
    try {
      float answer =
          server.predictions().predict(predict(spec)).getOutputsOrThrow("y").getFloatVal(0);
      return StampedModel.version(answer);
    } catch (StatusRuntimeException failure) {
      return 0;
    }
  }

  /** Why a label is not answered. */
  String failure(String model, String label) {
    PredictRequest request = predict(ModelSpec.newBuilder().setName(model).setVersionLabel(label));
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> server.predictions().predict(request));
    return failure.getStatus().getCode() + ": " + failure.getStatus().getDescription();
  }

  private static PredictRequest predict(ModelSpec.Builder spec) {
    TensorShapeProto one =
        TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(1)).build();
    return PredictRequest.newBuilder()
        .setModelSpec(spec)
        .putInputs(
            "x",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(one)
                .addFloatVal(2)
                .build())
        .build();
  }

  /** The status of a model over REST, without white space. */
  String status(String model) throws Exception {
    return server.get("/v1/models/" + model).body().replaceAll("\\s", "");
  }

  /** Waits until something is so. */
  static void await(String what, BooleanSupplier condition) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(GUARD_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(limit);
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
