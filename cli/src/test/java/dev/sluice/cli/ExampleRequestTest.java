package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Signature;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.tensorflow.SavedModelDescription;
import dev.sluice.tensorflow.SavedModelDescription.MetaGraph;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExampleRequestTest {

  private final SignatureDef.Builder definition =
      SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");

  private Map<String, Integer> placeholders = Map.of();
  private boolean parsesExamples;

  private ExampleRequest request() {
    return request(Signature.DEFAULT_NAME);
  }

  private ExampleRequest request(String name) {
    return ExampleRequest.of(
        SavedModelDescription.signature(name, definition.build().toByteArray()),
        new MetaGraph(
            List.of("serve"), "", Collections.emptySortedMap(), placeholders, parsesExamples));
  }

  private static TensorInfo info(DataType type, long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorInfo.newBuilder().setName("op:0").setDtype(type).setTensorShape(shape).build();
  }

  private static TensorInfo anyShape(DataType type) {
    return TensorInfo.newBuilder()
        .setName("op:0")
        .setDtype(type)
        .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
        .build();
  }

  @Test
  void oneInputWithARowDimensionIsAskedInRows() {
    definition.putInputs("x", info(DataType.DT_FLOAT, -1, 2, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    assertThat(request().body()).isEqualTo("{\"instances\": [[[1.0], [1.0]]]}");
    assertThat(request("other").body())
        .isEqualTo("{\"signature_name\": \"other\", \"instances\": [[[1.0], [1.0]]]}");
  }

  @Test
  void severalInputsAreRowObjects() {
    definition.putInputs("b", info(DataType.DT_BOOL, -1));
    definition.putInputs("a \"1\"", info(DataType.DT_INT32, -1, 2));
    definition.putOutputs("y", info(DataType.DT_STRING, -1));
    assertThat(request().body())
        .isEqualTo("{\"instances\": [{\"a \\\"1\\\"\": [1, 1], \"b\": true}]}");
  }

  @Test
  void fixedFirstDimensionIsTheNumberOfRows() {
    definition.putInputs("x", info(DataType.DT_INT64, 3));
    definition.putInputs("z", info(DataType.DT_STRING, -1));
    definition.putOutputs("y", info(DataType.DT_INT64, 3));
    assertThat(request().body())
        .isEqualTo(
            "{\"instances\": [{\"x\": 1, \"z\": \"text\"}, {\"x\": 1, \"z\": \"text\"}, {\"x\": 1,"
                + " \"z\": \"text\"}]}");
  }

  @Test
  void whateverHasNoRowsIsAskedInColumns() {
    definition.putInputs("x", info(DataType.DT_FLOAT, 2));
    definition.putOutputs("y", info(DataType.DT_FLOAT)); // a scalar can't be cut into rows
    assertThat(request().body()).isEqualTo("{\"inputs\": [1.0, 1.0]}");
    definition.putInputs("w", anyShape(DataType.DT_DOUBLE));
    assertThat(request().body()).isEqualTo("{\"inputs\": {\"w\": 1.0, \"x\": [1.0, 1.0]}}");
    definition.clearInputs();
    assertThat(request().body()).isEqualTo("{\"inputs\": {}}");
  }

  @Test
  void pictureIsOne() {
    definition.putInputs("image_bytes", info(DataType.DT_STRING, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    assertThat(request().body()).startsWith("{\"instances\": [{\"b64\": \"iVBORw0KGgo");
  }

  @Test
  void whatJsonCannotHoldHasNoExample() {
    definition.putInputs("x", info(DataType.DT_COMPLEX64, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    assertThat(request().problem()).isEqualTo("JSON has no form for x (complex64)");
    definition.putInputs("x", info(DataType.DT_FLOAT, -1));
    definition.putOutputs("y", info(DataType.DT_RESOURCE));
    assertThat(request().problem()).isEqualTo("JSON has no form for y (resource)");
    definition.putOutputs("y", info(DataType.DT_INVALID));
    assertThat(request().problem()).isEqualTo("JSON has no form for y (no type)");
  }

  @Test
  void stringsOfAGraphThatParsesExamplesHaveNone() {
    definition.putInputs("x", info(DataType.DT_STRING, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    assertThat(request().problem()).isEmpty();
    parsesExamples = true;
    assertThat(request().problem()).startsWith("takes tf.Examples");
  }

  @Test
  void signatureThatItsGraphContradictsHasNone() {
    definition.putInputs("x", info(DataType.DT_FLOAT, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    placeholders = Map.of("op", DataType.DT_FLOAT_VALUE);
    assertThat(request().problem()).isEmpty();
    placeholders = Map.of("op", DataType.DT_STRING_VALUE);
    assertThat(request().problem())
        .isEqualTo("the graph takes another type for x than the signature says");
  }

  @Test
  void variableAsAnOutputIsItsValue() {
    definition.putInputs("x", info(DataType.DT_FLOAT, -1));
    definition.putOutputs("y", info(DataType.DT_FLOAT_REF, -1));
    assertThat(request().body()).isEqualTo("{\"instances\": [1.0]}");
  }

  @Test
  void hugeInputHasNoExample() {
    definition.putInputs("x", info(DataType.DT_FLOAT, 1 << 20, 1 << 20, 1 << 20, 1 << 20));
    definition.putOutputs("y", info(DataType.DT_FLOAT, -1));
    assertThat(request().problem()).startsWith("the inputs have ");
    definition.putInputs("x", info(DataType.DT_FLOAT, -1, 224, 224, 3));
    assertThat(request().elements()).isEqualTo(150_528);
  }
}
