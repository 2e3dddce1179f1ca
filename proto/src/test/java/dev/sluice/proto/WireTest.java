package dev.sluice.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import com.google.protobuf.UnknownFieldSet;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.config.SavedModelBundleSourceAdapterConfig;
import dev.sluice.proto.serving.ExampleList;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.Input;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictionLog;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import dev.sluice.proto.serving.SerializedInput;
import dev.sluice.proto.serving.SignatureDefMap;
import dev.sluice.proto.serving.StatusProto;
import dev.sluice.proto.tensorflow.ConfigProto;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.MetaGraphDef;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WireTest {

  @Test
  void predictRequestSurvivesTheGrpcMarshaller() throws IOException {
    MethodDescriptor<PredictRequest, ?> method = PredictionServiceGrpc.getPredictMethod();
    PredictRequest request = predictRequest();

    PredictRequest back;
    try (InputStream wire = method.streamRequest(request)) {
      back = method.parseRequest(wire);
    }

    assertThat(back).isEqualTo(request);
  }

  @Test
  void predictRequestHasTheBytesThatClientsSend() {
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("m").setVersion(Int64Value.of(7)))
            .addOutputFilter("y")
            .build();

    assertThat(request.toByteArray())
        .containsExactly(0x0a, 7, 0x0a, 1, 'm', 0x12, 2, 8, 7, 0x1a, 1, 'y');
  }

  @Test
  void scalarShapeIsSentThoughItIsEmpty() {
    TensorProto scalar =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .build();

    assertThat(scalar.toByteArray()).containsExactly(8, 1, 0x12, 0);
  }

  @Test
  void versionZeroIsAChoice() throws InvalidProtocolBufferException {
    byte[] versionZero = {0x12, 0};

    assertThat(ModelSpec.parseFrom(versionZero).getVersionChoiceCase())
        .isEqualTo(ModelSpec.VersionChoiceCase.VERSION);
    assertThat(ModelSpec.getDefaultInstance().getVersionChoiceCase())
        .isEqualTo(ModelSpec.VersionChoiceCase.VERSIONCHOICE_NOT_SET);
  }

  @Test
  void packedSignaturesCarryTheTypeUrlOfServing() throws InvalidProtocolBufferException {
    SignatureDefMap map =
        SignatureDefMap.newBuilder()
            .putSignatureDef(
                "serving_default",
                SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict").build())
            .build();

    Any packed = Any.pack(map);

    assertThat(packed.getTypeUrl())
        .isEqualTo("type.googleapis.com/tensorflow.serving.SignatureDefMap");
    assertThat(packed.unpack(SignatureDefMap.class)).isEqualTo(map);
  }

  @Test
  void servicesHaveTheirFullNames() {
    assertThat(methodNames(PredictionServiceGrpc.getServiceDescriptor()))
        .containsExactly(
            "tensorflow.serving.PredictionService/Classify",
            "tensorflow.serving.PredictionService/Regress",
            "tensorflow.serving.PredictionService/Predict",
            "tensorflow.serving.PredictionService/MultiInference",
            "tensorflow.serving.PredictionService/GetModelMetadata");
    assertThat(methodNames(ModelServiceGrpc.getServiceDescriptor()))
        .containsExactly(
            "tensorflow.serving.ModelService/GetModelStatus",
            "tensorflow.serving.ModelService/HandleReloadConfigRequest");
  }

  @Test
  void reflectionFindsEveryFileUnderItsUsualPath() {
    assertThat(reachableFiles(PredictionServiceGrpc.getServiceDescriptor()))
        .contains(
            "tensorflow_serving/apis/prediction_service.proto",
            "tensorflow_serving/apis/predict.proto",
            "tensorflow_serving/apis/model.proto",
            "tensorflow/core/framework/tensor.proto",
            "tensorflow/core/protobuf/meta_graph.proto");
    assertThat(reachableFiles(ModelServiceGrpc.getServiceDescriptor()))
        .contains(
            "tensorflow_serving/apis/model_service.proto",
            "tensorflow_serving/config/model_server_config.proto",
            "tensorflow/core/protobuf/error_codes.proto",
            "tsl/protobuf/error_codes.proto");
  }

  @Test
  void statusKeepsItsJsonNames() {
    assertThat(StatusProto.getDescriptor().getFields())
        .extracting(field -> field.getJsonName())
        .containsExactly("error_code", "error_message");
    assertThat(GetModelStatusResponse.getDescriptor().getFields())
        .extracting(field -> field.getJsonName())
        .containsExactly("model_version_status");
  }

  @Test
  void inputReadAsSerializedGivesTheBytesOfItsExamples() throws InvalidProtocolBufferException {
    Example example = Example.newBuilder().setFeatures(Features.getDefaultInstance()).build();
    Input input =
        Input.newBuilder().setExampleList(ExampleList.newBuilder().addExamples(example)).build();

    SerializedInput serialized = SerializedInput.parseFrom(input.toByteString());

    assertThat(serialized.getExampleList().getExamplesList())
        .containsExactly(example.toByteString());
  }

  @Test
  void partsOfAGraphThatWeLeaveOutStayInIt() throws InvalidProtocolBufferException {
    int objectGraph = 7;
    ByteString content = ByteString.copyFromUtf8("object graph");
    ByteString bytes =
        UnknownFieldSet.newBuilder()
            .addField(
                objectGraph, UnknownFieldSet.Field.newBuilder().addLengthDelimited(content).build())
            .build()
            .toByteString();

    assertThat(MetaGraphDef.parseFrom(bytes).toByteString()).isEqualTo(bytes);
  }

  @Test
  void configurationFilesParseAsText() throws TextFormat.ParseException {
    ModelServerConfig models =
        TextFormat.parse(
            """
            model_config_list {
              config {
                name: "m" base_path: "/models/m" model_platform: "tensorflow"
                model_version_policy { specific { versions: 1 versions: 2 } }
                version_labels { key: "stable" value: 1 }
              }
            }
            """,
            ModelServerConfig.class);
    ConfigProto session =
        TextFormat.parse(
            "gpu_options { allow_growth: true } graph_options { rewrite_options { } }",
            ConfigProto.class);

    assertThat(models.getModelConfigList().getConfig(0).getVersionLabelsMap())
        .containsEntry("stable", 1L);
    assertThat(session.getGpuOptions().getAllowGrowth()).isTrue();
  }

  @Test
  void messagesHaveTheirFullNamesAndNumbers() {
    assertThat(PredictionLog.getDescriptor().getFullName())
        .isEqualTo("tensorflow.serving.PredictionLog");
    assertThat(SavedModelBundleSourceAdapterConfig.getDescriptor().findFieldByNumber(1000))
        .isNotNull();
    assertThat(MetaGraphDef.getDescriptor().getFullName()).isEqualTo("tensorflow.MetaGraphDef");
  }

  private static PredictRequest predictRequest() {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(
                TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(2)))
            .addFloatVal(1.5f)
            .addFloatVal(-2)
            .build();
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("m").setVersionLabel("stable"))
        .putInputs("x", tensor)
        .addOutputFilter("y")
        .setClientId(ByteString.copyFromUtf8("me"))
        .build();
  }

  private static List<String> methodNames(ServiceDescriptor service) {
    return service.getMethods().stream().map(MethodDescriptor::getFullMethodName).toList();
  }

  private static Set<String> reachableFiles(ServiceDescriptor service) {
    Object schema = service.getSchemaDescriptor();
    assertThat(schema).isInstanceOf(ProtoFileDescriptorSupplier.class);
    Deque<FileDescriptor> left = new ArrayDeque<>();
    left.add(((ProtoFileDescriptorSupplier) schema).getFileDescriptor());
    Set<String> names = new HashSet<>();
    while (!left.isEmpty()) {
      FileDescriptor file = left.remove();
      if (names.add(file.getName())) {
        left.addAll(file.getDependencies());
      }
    }
    return names;
  }
}
