package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.core.ServableId;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.NativeObjects;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** One server with a model of each kind: types, shapes, state, ways to export. */
class ModelKindsTest {

  private static final List<String> NAMES =
      List.of(
          Models.ALL_TYPES,
          Models.CLASSIFIER,
          Models.COUNTER,
          Models.DEFAULTS,
          Models.KERAS,
          Models.MIXED,
          Models.RAGGED,
          Models.REGRESSOR,
          Models.SHAPES,
          Models.WRONG_RESULTS,
          Models.WRONG_SIGNATURES);

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path models) throws Exception {
    for (String name : NAMES) {
      Models.copyTo(models, name);
    }
    server = TestServer.start(TestServer.modelConfig(models, NAMES.toArray(String[]::new)));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  private static PredictRequest.Builder request(String model, String signature) {
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model).setSignatureName(signature));
  }

  private static Map<String, TensorProto> predict(PredictRequest.Builder request) {
    return server.predictions().predict(request.build()).getOutputsMap();
  }

  private static TensorProto.Builder tensor(DataType type, long... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : dimensions) {
      shape.addDimBuilder().setSize(size);
    }
    return TensorProto.newBuilder().setDtype(type).setTensorShape(shape);
  }

  private static String post(String model, String body) throws Exception {
    HttpResponse<String> response = server.post("/v1/models/" + model + ":predict", body);
    return response.statusCode() + " " + response.body().replaceAll("\\s+", "");
  }

  @Test
  @Proves("--model_config_file")
  void everyKindIsLoaded() {
    assertThat(server.server().available())
        .containsExactlyInAnyOrderElementsOf(
            NAMES.stream().map(name -> new ServableId(name, 1)).toList());
  }

  @Test
  @Spec("P15")
  void counterIsCountedBySignaturesWithoutInputs() {
    assertThat(count(request(Models.COUNTER, "reset_counter"))).isZero();
    assertThat(count(request(Models.COUNTER, "get_counter"))).isZero();
    assertThat(count(request(Models.COUNTER, "incr_counter"))).isEqualTo(1);
    assertThat(count(request(Models.COUNTER, "reset_counter"))).isZero();
    assertThat(count(request(Models.COUNTER, "incr_counter").addOutputFilter("output")))
        .isEqualTo(1);
    TensorProto three = tensor(DataType.DT_INT64).addInt64Val(3).build();
    assertThat(count(request(Models.COUNTER, "incr_counter_by").putInputs("delta", three)))
        .isEqualTo(4);
  }

  private static long count(PredictRequest.Builder request) {
    return predict(request).get("output").getInt64Val(0);
  }

  @Test
  @Spec({"P17", "P21"})
  void signaturesOfOneModelGiveTheirOwnResults() {
    TensorProto numbers =
        tensor(DataType.DT_FLOAT, 1, 3).addFloatVal(1).addFloatVal(2).addFloatVal(3).build();
    TensorProto words =
        tensor(DataType.DT_STRING, 1).addStringVal(ByteString.copyFromUtf8("a")).build();
    Map<String, TensorProto> all =
        predict(request(Models.MIXED, "").putInputs("numbers", numbers).putInputs("words", words));
    assertThat(all).containsOnlyKeys("total", "tagged", "columns");
    assertThat(all.get("columns").getFloatValList()).containsExactly(1f, 2f, 3f);
    assertThat(all.get("tagged").getStringVal(0).toStringUtf8()).isEqualTo("a=6.0");

    Map<String, TensorProto> twins =
        predict(request(Models.MIXED, "twins").putInputs("numbers", numbers));
    assertThat(twins).containsOnlyKeys("first", "second");
    assertThat(twins.values()).allMatch(total -> total.getFloatValList().equals(List.of(6f)));
  }

  @Test
  @Spec("P18")
  void batchOfOneToAKerasExportIsAnswered() throws Exception {
    TensorProto features =
        tensor(DataType.DT_FLOAT, 1, 3).addFloatVal(1).addFloatVal(2).addFloatVal(3).build();
    TensorProto price =
        predict(request(Models.KERAS, "").putInputs("features", features)).get("output_0");
    assertThat(price.getFloatValList()).containsExactly(9f);
    assertThat(price.getTensorShape().getDimList())
        .extracting(TensorShapeProto.Dim::getSize)
        .containsExactly(1L, 1L);
    assertThat(post(Models.KERAS, "{\"instances\": [[1, 2, 3], [-1, 2, 0]]}"))
        .isEqualTo("200 {\"predictions\":[[9.0],[8.5]]}");
  }

  @ParameterizedTest
  @EnumSource(
      value = dev.sluice.model.DataType.class,
      mode = Mode.EXCLUDE,
      names = {"STRING", "RESOURCE", "VARIANT"})
  void everyTypeOfFixedSizeGoesThroughGrpc(dev.sluice.model.DataType type) {
    byte[] content = new byte[6 * type.elementSize()];
    for (int i = 0; i < content.length; i++) {
      content[i] =
          switch (type) {
            case BOOL -> (byte) (i % 2);
            case INT4, UINT4 -> (byte) (i + 1); // of bytes only the low half counts
            default -> (byte) (0x3c + 7 * i);
          };
    }
    TensorProto.Builder sent =
        tensor(DataType.forNumber(type.number()), 2, 3)
            .setTensorContent(ByteString.copyFrom(content));
    TensorProto y = same(type, sent);
    assertThat(y.getDtype()).isEqualTo(sent.getDtype());
    assertThat(y.getTensorShape()).isEqualTo(sent.getTensorShape());
    // The answer has typed values; sent back, it must be the same tensor, and not one of zeros.
    assertThat(y.getTensorContent()).isEmpty();
    assertThat(same(type, y.toBuilder())).isEqualTo(y);
    assertThat(same(type, sent.clearTensorContent())).isNotEqualTo(y);
  }

  private static TensorProto same(dev.sluice.model.DataType type, TensorProto.Builder x) {
    return predict(request(Models.ALL_TYPES, type.label()).putInputs("x", x.build())).get("y");
  }

  @ParameterizedTest
  @CsvSource({
    "half, 1.5",
    "bfloat16, 1.5",
    "float, 1.5",
    "double, 1.5",
    "int8, -128",
    "int16, -32768",
    "int32, -2147483648",
    "int64, -9223372036854775808",
    "uint8, 255",
    "uint16, 65535",
    "uint32, 4294967295",
    "uint64, 18446744073709551615",
    "bool, true",
    "string, \"1\""
  })
  void everyTypeThatJsonHasGoesThroughRest(String type, String value) throws Exception {
    String body = "{\"signature_name\": \"" + type + "\", \"instances\": [" + value + "]}";
    assertThat(post(Models.ALL_TYPES, body)).isEqualTo("200 {\"predictions\":[" + value + "]}");
  }

  @ParameterizedTest
  @CsvSource({"int4", "uint4", "float8_e5m2", "float8_e4m3fn", "complex64", "qint8"})
  void typeWithoutAFormInJsonIsRefused(String type) throws Exception {
    String body = "{\"signature_name\": \"" + type + "\", \"instances\": [1]}";
    assertThat(post(Models.ALL_TYPES, body)).startsWith("501 ");
    assertThat(post(Models.ALL_TYPES, "{\"signature_name\": \"int8\", \"instances\": [1]}"))
        .isEqualTo("200 {\"predictions\":[1]}");
  }

  @Test
  void outputWithAnotherFirstDimensionFitsColumnsButNotRows() throws Exception {
    String rows =
        "{\"numbers\": [1, 2, 3], \"words\": \"a\"}, {\"numbers\": [4, 5, 6.5], \"words\": \"b\"}";
    assertThat(post(Models.MIXED, "{\"instances\": [" + rows + "]}"))
        .startsWith("400 ")
        .contains("inconsistentbatchsize");
    assertThat(post(Models.MIXED, "{\"signature_name\": \"rows\", \"instances\": [" + rows + "]}"))
        .isEqualTo(
            "200 {\"predictions\":[{\"tagged\":\"a=6.0\",\"total\":6.0},"
                + "{\"tagged\":\"b=15.5\",\"total\":15.5}]}");
    assertThat(
            post(
                Models.MIXED,
                "{\"inputs\": {\"numbers\": [[1, 2, 3], [4, 5, 6.5]], \"words\": [\"a\", \"b\"]}}"))
        .isEqualTo(
            "200 {\"outputs\":{\"columns\":[5.0,7.0,9.5],\"tagged\":[\"a=6.0\",\"b=15.5\"],"
                + "\"total\":[6.0,15.5]}}");
  }

  @ParameterizedTest
  @CsvSource({"fixed", "batch", "any", "scalar"})
  void declaredShapesAreNotEnforced(String signature) throws Exception {
    String name = "{\"signature_name\": \"" + signature + "\", ";
    assertThat(post(Models.SHAPES, name + "\"inputs\": 1.5}")).isEqualTo("200 {\"outputs\":3.0}");
    assertThat(post(Models.SHAPES, name + "\"instances\": [[1], [2]]}"))
        .isEqualTo("200 {\"predictions\":[[2.0],[4.0]]}");
  }

  @Test
  void raggedAndSparseInputsAreSentAsTheirParts() throws Exception {
    assertThat(
            post(
                Models.RAGGED, "{\"inputs\": {\"values\": [1, 2, 3], \"values_1\": [0, 2, 2, 3]}}"))
        .isEqualTo("200 {\"outputs\":[3.0,0.0,3.0]}");
    assertThat(
            post(
                Models.RAGGED,
                "{\"signature_name\": \"sparse\", \"inputs\": {\"values\": [[0, 1], [1, 3]],"
                    + " \"values_1\": [5, 6], \"values_2\": [2, 4]}}"))
        .isEqualTo("200 {\"outputs\":[[0.0,5.0,0.0,0.0],[0.0,0.0,0.0,6.0]]}");
  }

  @Test
  void raggedOutputIsInTheMetadataAndRefusedInARun() throws Exception {
    assertThat(server.get("/v1/models/ragged/metadata").body())
        .contains("\"composite_tensor\": {", "RAGGED_TENSOR_SPEC");
    TensorProto values = tensor(DataType.DT_FLOAT, 1).addFloatVal(1).build();
    TensorProto splits = tensor(DataType.DT_INT64, 2).addInt64Val(0).addInt64Val(1).build();
    PredictRequest.Builder doubled =
        request(Models.RAGGED, "doubled").putInputs("values", values).putInputs("values_1", splits);
    assertThatThrownBy(() -> predict(doubled))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("signature doubled cannot run");
  }

  @Test
  void defaultsAreInTheMetadataAndWhatIsSentCounts() throws Exception {
    assertThat(server.get("/v1/models/defaults/metadata").body().replaceAll("\\s+", ""))
        .contains("\"defaults\":{\"", "\"float_val\":[2.0]");
    assertThat(
            post(Models.DEFAULTS, "{\"inputs\": {\"x\": [1.5], \"factor\": 3, \"unit\": \"m\"}}"))
        .isEqualTo("200 {\"outputs\":{\"label\":[\"4.5m\"],\"y\":[4.5]}}");
  }

  @Test
  @Spec("P22")
  void inputThatIsLeftOutHasItsDefaultOverGrpc() {
    TensorProto x = tensor(DataType.DT_FLOAT, 2).addFloatVal(1).addFloatVal(1.5f).build();
    TensorProto factor =
        TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(3).build();
    Map<String, TensorProto> answer = predict(request(Models.DEFAULTS, "").putInputs("x", x));
    assertThat(answer.get("y").getFloatValList()).containsExactly(2f, 3f);
    assertThat(answer.get("label").getStringVal(1).toStringUtf8()).isEqualTo("3.0 kg");
    answer = predict(request(Models.DEFAULTS, "").putInputs("x", x).putInputs("factor", factor));
    assertThat(answer.get("label").getStringVal(0).toStringUtf8()).isEqualTo("3.0 kg");
    assertThatThrownBy(() -> predict(request(Models.DEFAULTS, "").putInputs("factor", factor)))
        .hasMessage(
            "INVALID_ARGUMENT: Signature input alias: x(feed name: serving_default_x:0) not found in request and no"
                + " default value provided. Inputs expected to be in the request {factor}, or default"
                + " input alias set: factor,unit");
    assertThatThrownBy(
            () -> predict(request(Models.DEFAULTS, "").putInputs("x", x).putInputs("nope", x)))
        .hasMessage(
            "INVALID_ARGUMENT: Inputs contains invalid name. Used request inputs: x, request input:"
                + " nope,x");
    assertThatThrownBy(() ->
            predict(
                request(Models.DEFAULTS, "")
                    .putInputs("a", x)
                    .putInputs("b", x)
                    .putInputs("c", x)
                    .putInputs("x", x)))
        .hasMessageContaining("input size does not match signature: 4!=3 len({a,b,c,x})");
  }

  @Test
  @Spec("UP-17")
  void inputThatIsLeftOutHasItsDefaultOverRest() throws Exception {
    String answer = "200 {\"outputs\":{\"label\":[\"3.0kg\"],\"y\":[3.0]}}";
    assertThat(post(Models.DEFAULTS, "{\"inputs\": {\"x\": [1.5]}}")).isEqualTo(answer);
    assertThat(post(Models.DEFAULTS, "{\"inputs\": {\"factor\": 2}}"))
        .startsWith("400 ")
        .contains("Missingnamedinput:xin'inputs'object.");
    assertThat(post(Models.DEFAULTS, "{\"instances\": [{\"x\": 1}, {\"x\": 2}]}"))
        .isEqualTo(
            "200 {\"predictions\":[{\"label\":\"2.0kg\",\"y\":2.0},{\"label\":\"4.0kg\",\"y\":4.0}]}");
    assertThat(post(Models.DEFAULTS, "{\"instances\": [{\"x\": 1}, {\"x\": 2, \"unit\": \"m\"}]}"))
        .startsWith("400 ")
        .contains("doesnothavenamedinput:unit");
    assertThat(post(Models.DEFAULTS, "{\"instances\": [{\"x\": 1, \"unit\": \"m\"}, {\"x\": 2}]}"))
        .startsWith("400 ")
        .contains("keysmustbeequalto:factor,unit,x");
    assertThat(post(Models.DEFAULTS, "{\"instances\": [{\"unit\": \"m\"}]}"))
        .startsWith("400 ")
        .contains("keysmustbeequalto:factor,unit,x");
  }
}
