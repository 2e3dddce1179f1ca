package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.SignatureDefMap;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sees at the gRPC port, over real sockets and generated stubs. */
class GrpcApiTest {

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    Path base = models.resolve("half_plus_two");
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 123);
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 124);
    StringBuilder config = new StringBuilder();
    for (String name : List.of(Models.IDENTITY, Models.STRINGS, Models.SLOW)) {
      Models.copyTo(models, name);
      config.append(
          " config { name: '%1$s' base_path: '%2$s/%1$s' model_platform: 'tensorflow' }"
              .formatted(name, models));
    }
    Path file = models.resolve("models.config");
    Files.writeString(
        file,
        "model_config_list { config { name: 'half_plus_two' base_path: '"
            + base
            + "' model_platform: 'tensorflow' model_version_policy { all {} } }"
            + config
            + "}");
    server = TestServer.start("--model_config_file=" + file).settled("half_plus_two", 2);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static ModelSpec spec(String name) {
    return ModelSpec.newBuilder().setName(name).build();
  }

  private static ModelSpec spec(String name, long version) {
    return ModelSpec.newBuilder().setName(name).setVersion(Int64Value.of(version)).build();
  }

  private static TensorProto floats(float... values) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
    for (float value : values) {
      tensor.addFloatVal(value);
    }
    return tensor.build();
  }

  private static PredictRequest half(ModelSpec spec) {
    return PredictRequest.newBuilder().setModelSpec(spec).putInputs("x", floats(2)).build();
  }

  private static void assertFails(Status.Code code, String text, PredictRequest request) {
    assertThatThrownBy(() -> server.predictions().predict(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure -> {
              assertThat(failure.getStatus().getCode()).isEqualTo(code);
              assertThat(failure.getStatus().getDescription()).contains(text);
            });
  }

  @Test
  @Spec({"P01", "P02", "P04", "L05", "T11"})
  void predictAnswersWithTypedValuesAndTheVersionThatRan() {
    PredictResponse response =
        server
            .predictions()
            .predict(half(spec("half_plus_two", 123)).toBuilder().addOutputFilter("y").build());
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(3f);
    assertThat(response.getOutputsOrThrow("y").getTensorContent()).isEmpty();
    assertThat(response.getModelSpec().getName()).isEqualTo("half_plus_two");
    assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(123);
    assertThat(response.getModelSpec().getSignatureName()).isEqualTo("serving_default");
  }

  @Test
  @Spec("L04")
  void newestVersionAnswersWhereNoneIsNamed() {
    PredictResponse response = server.predictions().predict(half(spec("half_plus_two")));
    assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(124);
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(4f);
  }

  @Test
  @Spec({"L01", "L02", "L03", "L07", "L08", "L09", "PR-11"})
  void lookUpFailuresHaveTheReferencesTexts() {
    assertFails(
        Status.Code.NOT_FOUND, "Servable not found for request: Latest(nope)", half(spec("nope")));
    assertFails(
        Status.Code.NOT_FOUND,
        "Servable not found for request: Specific(half_plus_two, 0)",
        half(spec("half_plus_two", 0)));
    assertFails(
        Status.Code.INVALID_ARGUMENT, "Missing ModelSpec", PredictRequest.getDefaultInstance());
    assertFails(Status.Code.INVALID_ARGUMENT, "ModelSpec has no name specified.", half(spec("")));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Unrecognized servable version label: canary",
        half(ModelSpec.newBuilder().setName("nope").setVersionLabel("canary").build()));
  }

  @Test
  @Spec({"P07", "P09", "P10", "P11", "P12", "P14", "E51"})
  void mistakesInTheRequestHaveTheReferencesTexts() {
    ModelSpec spec = spec("half_plus_two", 123);
    assertFails(
        Status.Code.FAILED_PRECONDITION,
        "Serving signature key \"nope\" not found.",
        half(spec.toBuilder().setSignatureName("nope").build()));
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "input size does not match signature: 0!=1",
        PredictRequest.newBuilder().setModelSpec(spec).build());
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "Sent extra: {k1,k2}. Missing but required: {x}.",
        PredictRequest.newBuilder()
            .setModelSpec(spec)
            .putInputs("k2", floats(1))
            .putInputs("k1", floats(1))
            .build());
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "output tensor alias not found in signature: z",
        half(spec).toBuilder().addOutputFilter("z").build());
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "duplicate output tensor alias: y",
        half(spec).toBuilder().addOutputFilter("y").addOutputFilter("y").build());
    TensorProto text =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .addStringVal(ByteString.copyFromUtf8("two"))
            .build();
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        "to be float but string is provided",
        PredictRequest.newBuilder().setModelSpec(spec).putInputs("x", text).build());
  }

  @Test
  void bothEncodingsOfEveryTypeComeBack() {
    for (TensorProto tensor : tensors()) {
      String signature = tensor.getDtype().name().substring(3).toLowerCase(java.util.Locale.ROOT);
      PredictResponse response =
          server
              .predictions()
              .predict(
                  PredictRequest.newBuilder()
                      .setModelSpec(spec(Models.IDENTITY).toBuilder().setSignatureName(signature))
                      .putInputs("x", tensor)
                      .build());
      TensorProto typed = typed(tensor);
      assertThat(response.getOutputsOrThrow("y")).as(signature).isEqualTo(typed);
    }
  }

  /** Each type in typed values and, where it has one, as content. */
  private static List<TensorProto> tensors() {
    TensorShapeProto two =
        TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(2)).build();
    List<TensorProto> tensors = new ArrayList<>();
    TensorProto.Builder base = TensorProto.newBuilder().setTensorShape(two);
    tensors.add(
        base.clone().setDtype(DataType.DT_FLOAT).addFloatVal(1.5f).addFloatVal(-0f).build());
    tensors.add(
        base.clone()
            .setDtype(DataType.DT_DOUBLE)
            .addDoubleVal(Math.PI)
            .addDoubleVal(1e300)
            .build());
    tensors.add(base.clone().setDtype(DataType.DT_INT32).addIntVal(-7).addIntVal(1 << 30).build());
    tensors.add(
        base.clone()
            .setDtype(DataType.DT_INT64)
            .addInt64Val(Long.MIN_VALUE)
            .addInt64Val(3)
            .build());
    tensors.add(base.clone().setDtype(DataType.DT_BOOL).addBoolVal(true).addBoolVal(false).build());
    tensors.add(
        base.clone()
            .setDtype(DataType.DT_STRING)
            .addStringVal(ByteString.copyFrom(new byte[] {0, -1}))
            .addStringVal(ByteString.EMPTY)
            .build());
    ByteBuffer content =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(2.5f).putFloat(3f).flip();
    tensors.add(
        base.clone()
            .setDtype(DataType.DT_FLOAT)
            .setTensorContent(ByteString.copyFrom(content))
            .build());
    return tensors;
  }

  private static TensorProto typed(TensorProto tensor) {
    if (tensor.getTensorContent().isEmpty()) {
      return tensor;
    }
    return tensor.toBuilder().clearTensorContent().addFloatVal(2.5f).addFloatVal(3f).build();
  }

  @Test
  @Spec("V01")
  void messageOfTwelveMegabytesPassesBothWays() {
    float[] values = new float[3 << 20];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    ByteBuffer content = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    content.asFloatBuffer().put(values);
    TensorProto x =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(
                TensorShapeProto.newBuilder()
                    .addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length)))
            .setTensorContent(ByteString.copyFrom(content.array()))
            .build();
    PredictResponse response =
        server
            .predictions()
            .predict(
                PredictRequest.newBuilder()
                    .setModelSpec(spec("half_plus_two", 123))
                    .putInputs("x", x)
                    .build());
    TensorProto y = response.getOutputsOrThrow("y");
    assertThat(y.getFloatValCount()).isEqualTo(values.length);
    assertThat(y.getFloatVal(values.length - 1)).isEqualTo(0.5f * (values.length - 1) + 2);
  }

  @Test
  void headerThatAsksForTwoToTheFortyElementsIsRefusedBeforeAllocation() {
    TensorProto huge =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(
                TensorShapeProto.newBuilder()
                    .addDim(TensorShapeProto.Dim.newBuilder().setSize(1L << 40)))
            .addFloatVal(1)
            .build();
    assertFails(
        Status.Code.RESOURCE_EXHAUSTED,
        "x",
        PredictRequest.newBuilder()
            .setModelSpec(spec("half_plus_two"))
            .putInputs("x", huge)
            .build());
  }

  @Test
  @Spec("T02")
  void smallMessageWithALargeShapeIsExpanded() {
    TensorProto x =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(
                TensorShapeProto.newBuilder()
                    .addDim(TensorShapeProto.Dim.newBuilder().setSize(1 << 20)))
            .addFloatVal(2)
            .build();
    PredictResponse response =
        server
            .predictions()
            .predict(
                PredictRequest.newBuilder()
                    .setModelSpec(spec("half_plus_two", 123))
                    .putInputs("x", x)
                    .build());
    assertThat(response.getOutputsOrThrow("y").getFloatValCount()).isEqualTo(1 << 20);
    assertThat(response.getOutputsOrThrow("y").getFloatVal((1 << 20) - 1)).isEqualTo(3f);
  }

  @Test
  @Spec("V03")
  void deadlineShorterThanTheRunIsExceeded() {
    assertThatThrownBy(() ->
            server.predictions().withDeadlineAfter(50, TimeUnit.MILLISECONDS).predict(sleep(2000)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
  }

  @Test
  void cancelledCallsDoNotHoldTheModel() throws Exception {
    List<ListenableFuture<PredictResponse>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      calls.add(server.predictionsAsync().predict(sleep(100)));
    }
    calls.forEach(call -> call.cancel(true));
    PredictResponse response = server.predictions().predict(sleep(1));
    assertThat(response.getOutputsCount()).isEqualTo(1);
  }

  private static PredictRequest sleep(long millis) {
    TensorProto tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_INT64).addInt64Val(millis).build();
    return PredictRequest.newBuilder()
        .setModelSpec(spec(Models.SLOW))
        .putInputs("millis", tensor)
        .build();
  }

  @Test
  @Spec({"D01", "D02", "D03"})
  void metadataPacksEverySignature() throws Exception {
    GetModelMetadataResponse response =
        server
            .predictions()
            .getModelMetadata(
                GetModelMetadataRequest.newBuilder()
                    .setModelSpec(spec("half_plus_two", 123))
                    .addMetadataField("signature_def")
                    .build());
    assertThat(response.getMetadataMap()).containsOnlyKeys("signature_def");
    assertThat(response.getMetadataOrThrow("signature_def").getTypeUrl())
        .isEqualTo("type.googleapis.com/tensorflow.serving.SignatureDefMap");
    assertThat(
            response
                .getMetadataOrThrow("signature_def")
                .unpack(SignatureDefMap.class)
                .getSignatureDefMap())
        .containsKeys("serving_default", "regress_x_to_y", "classify_x_to_y");
    assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(123);
    assertThatThrownBy(() ->
            server
                .predictions()
                .getModelMetadata(
                    GetModelMetadataRequest.newBuilder()
                        .setModelSpec(spec("half_plus_two"))
                        .addMetadataField("graph")
                        .build()))
        .hasMessageContaining("Metadata field graph is not supported");
  }

  @Test
  @Spec({"S02", "S03", "S04", "S06"})
  void statusListsVersionsNewestFirst() {
    GetModelStatusResponse all =
        server
            .models()
            .getModelStatus(
                GetModelStatusRequest.newBuilder().setModelSpec(spec("half_plus_two")).build());
    assertThat(all.getModelVersionStatusList())
        .extracting(ModelVersionStatus::getVersion)
        .containsExactly(124L, 123L);
    assertThat(all.getModelVersionStatus(0).getState())
        .isEqualTo(ModelVersionStatus.State.AVAILABLE);
    assertThat(all.getModelVersionStatus(0).hasStatus()).isTrue();
    assertThatThrownBy(() ->
            server
                .models()
                .getModelStatus(
                    GetModelStatusRequest.newBuilder()
                        .setModelSpec(spec("half_plus_two", 9))
                        .build()))
        .hasMessageContaining("NOT_FOUND: Could not find version 9 of model half_plus_two");
  }

  @Test
  @Spec("V02")
  void longErrorTextIsCut() {
    assertThatThrownBy(() -> server.predictions().predict(half(spec("x".repeat(3000)))))
        .hasMessageEndingWith("...TRUNCATED")
        .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(1100));
  }

  @Test
  void compressedMessageIsRead() {
    PredictResponse response =
        server.predictions().withCompression("gzip").predict(half(spec("half_plus_two", 123)));
    assertThat(response.getOutputsOrThrow("y").getFloatValList()).containsExactly(3f);
  }

  @Test
  void callThatEndsBeforeItIsReadGivesItsBuffersBack() throws Exception {
    byte[] message = new byte[8 << 20];
    for (int i = 0; i < 10; i++) {
      RawCall.sendAndCancel(server, message); // what the allocators keep for themselves
    }
    long before = rssAnonMegabytes();
    for (int i = 0; i < 60; i++) {
      RawCall.sendAndCancel(server, message);
    }
    PredictResponse response = server.predictions().predict(half(spec("half_plus_two", 123)));
    assertThat(response.getOutputsCount()).isEqualTo(1);
    assertThat(rssAnonMegabytes() - before)
        .as("megabytes kept of 480 in abandoned messages")
        .isLessThan(200);
  }

  private static long rssAnonMegabytes() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void malformedMessageIsRefusedClearly() {
    // A model spec that announces more bytes than there are.
    assertThatThrownBy(() -> RawCall.predict(server, new byte[] {0x0a, 0x7f, 1}))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
  }
}
