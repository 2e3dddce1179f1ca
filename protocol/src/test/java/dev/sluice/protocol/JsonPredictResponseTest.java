package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.doubles;
import static dev.sluice.protocol.Fixtures.floats;
import static dev.sluice.protocol.Fixtures.integers;
import static dev.sluice.protocol.Fixtures.shape;
import static dev.sluice.protocol.Fixtures.strings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPredictResponseTest {

  private static String rows(Tensor output) {
    return new String(JsonPredictResponse.write(List.of("y"), List.of(output), true), UTF_8);
  }

  private static String columns(Tensor output) {
    return new String(JsonPredictResponse.write(List.of("y"), List.of(output), false), UTF_8);
  }

  private static String named(boolean rowFormat, List<String> names, Tensor... outputs) {
    return new String(JsonPredictResponse.write(names, List.of(outputs), rowFormat), UTF_8);
  }

  private static String compact(String json) {
    return json.replaceAll("\\s+", "");
  }

  @Test
  @Spec("P1")
  void rowsStandOnOneLine() {
    assertThat(rows(floats(shape(3), 2.5f, 3, 4.5f)))
        .isEqualTo("{\n    \"predictions\": [2.5, 3.0, 4.5\n    ]\n}");
  }

  @Test
  @Spec("P2")
  void columnHasALinePerElement() {
    assertThat(columns(floats(shape(2), 3.5f, 4)))
        .isEqualTo("{\n    \"outputs\": [\n        3.5,\n        4.0\n    ]\n}");
  }

  @Test
  @Spec("P3")
  void listsInRowsStandOnOneLine() {
    assertThat(rows(floats(shape(2, 1), 2.5f, 3)))
        .isEqualTo("{\n    \"predictions\": [[2.5], [3.0]\n    ]\n}");
  }

  @Test
  @Spec("P4")
  void listsInColumnsStandOnTheirOwnLines() {
    assertThat(columns(floats(shape(1, 1), 42)))
        .isEqualTo("{\n    \"outputs\": [\n        [\n            42.0\n        ]\n    ]\n}");
  }

  @Test
  @Spec("P5")
  void scalarColumnIsBare() {
    assertThat(columns(floats(shape(), 3.5f))).isEqualTo("{\n    \"outputs\": 3.5\n}");
  }

  @Test
  @Spec("P6")
  void nonFiniteNumbersAreBareTokens() {
    float inf = Float.POSITIVE_INFINITY;
    assertThat(rows(floats(shape(3), Float.NaN, -inf, inf)))
        .isEqualTo("{\n    \"predictions\": [NaN, -Infinity, Infinity\n    ]\n}");
  }

  @Test
  @Spec("P7")
  void severalOutputsMakeObjects() {
    Tensor sum = floats(shape(1), 3);
    Tensor image = strings(shape(1), "hi");
    assertThat(named(true, List.of("sum", "img_bytes"), sum, image))
        .isEqualTo(
            """
            {
                "predictions": [
                    {
                        "sum": 3.0,
                        "img_bytes": {
                            "b64": "aGk="
                        }
                    }
                ]
            }\
            """);
  }

  @Test
  void severalRowsAndListsInObjects() {
    assertThat(
            named(
                true,
                List.of("a", "b"),
                floats(shape(2, 2), 1, 2, 3, 4),
                integers(DataType.INT32, shape(2), 5, 6)))
        .isEqualTo(
            """
            {
                "predictions": [
                    {
                        "a": [1.0, 2.0],
                        "b": 5
                    },
                    {
                        "a": [3.0, 4.0],
                        "b": 6
                    }
                ]
            }\
            """);
  }

  @Test
  void severalColumnsMakeOneObject() {
    assertThat(named(false, List.of("a", "b"), floats(shape(2), 1, 2), strings(shape(), "x")))
        .isEqualTo(
            """
            {
                "outputs": {
                    "a": [
                        1.0,
                        2.0
                    ],
                    "b": "x"
                }
            }\
            """);
  }

  @Test
  void zeroRowsPrintAnEmptyList() {
    assertThat(rows(floats(shape(0)))).isEqualTo("{\n    \"predictions\": []\n}");
    assertThat(rows(floats(shape(0, 3)))).isEqualTo("{\n    \"predictions\": []\n}");
    assertThat(rows(floats(shape(2, 0)))).isEqualTo("{\n    \"predictions\": [[], []\n    ]\n}");
    assertThat(columns(floats(shape(0)))).isEqualTo("{\n    \"outputs\": []\n}");
  }

  @Test
  void nestedListsKeepTheirOrder() {
    assertThat(compact(rows(integers(DataType.INT8, shape(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, -8))))
        .isEqualTo("{\"predictions\":[[[1,2],[3,4]],[[5,6],[7,-8]]]}");
    assertThat(compact(columns(integers(DataType.INT8, shape(2, 1, 2), 1, 2, 3, 4))))
        .isEqualTo("{\"outputs\":[[[1,2]],[[3,4]]]}");
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, -128",
    "INT16, -32768",
    "INT32, -2147483648",
    "INT64, -9223372036854775808",
    "UINT8, 255",
    "UINT16, 65535",
    "UINT32, 4294967295",
    "INT64, 9223372036854775807",
    "INT32, 0"
  })
  void integersHaveNoPoint(DataType type, long value) {
    assertThat(compact(columns(integers(type, shape(), value))))
        .isEqualTo("{\"outputs\":" + value + "}");
  }

  @Test
  void largestUint64IsUnquoted() {
    assertThat(compact(columns(integers(DataType.UINT64, shape(2), -1, 0))))
        .isEqualTo("{\"outputs\":[18446744073709551615,0]}");
  }

  @Test
  void booleansAreWords() {
    assertThat(compact(columns(integers(DataType.BOOL, shape(3), 1, 0, 2))))
        .isEqualTo("{\"outputs\":[true,false,true]}");
  }

  @Test
  @Spec("UP-14")
  void sixteenBitFloatsPrintAsFloats() {
    assertThat(
            compact(
                columns(
                    integers(
                        DataType.HALF,
                        shape(2),
                        Float.floatToFloat16(0.5f),
                        Float.floatToFloat16(0.1f)))))
        .isEqualTo("{\"outputs\":[0.5,0.0999755859]}");
    assertThat(compact(columns(integers(DataType.BFLOAT16, shape(1), 0x4049))))
        .isEqualTo("{\"outputs\":[3.140625]}");
  }

  @Test
  void doublesPrintAsDoubles() {
    assertThat(compact(columns(doubles(shape(2), 1.0 / 3, 4))))
        .isEqualTo("{\"outputs\":[0.33333333333333331,4.0]}");
  }

  @Test
  void stringsAreEscapedAndOtherwiseRaw() {
    assertThat(columns(strings(shape(), "a\"\\\b\f\n\r\t\u0001\u001f/\u007fé")))
        .isEqualTo("{\n    \"outputs\": \"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F/\u007fé\"\n}");
  }

  @Test
  void stringThatIsNotUtf8BecomesABase64Object() {
    Tensor tensor = new StringTensor(Shape.scalar(), new byte[][] {{(byte) 0xFF}});
    assertThat(compact(columns(tensor))).isEqualTo("{\"outputs\":{\"b64\":\"/w==\"}}");
  }

  @Test
  void suffixHasNoEffectOnOtherTypesAndIsCaseSensitive() {
    assertThat(compact(named(false, List.of("n_bytes"), integers(DataType.INT32, shape(), 1))))
        .isEqualTo("{\"outputs\":1}");
    assertThat(compact(named(false, List.of("n_Bytes"), strings(shape(), "x"))))
        .isEqualTo("{\"outputs\":\"x\"}");
    assertThat(compact(named(false, List.of("_bytes"), strings(shape(1), "x"))))
        .isEqualTo("{\"outputs\":[{\"b64\":\"eA==\"}]}");
  }

  @Test
  @Spec("E61")
  void noOutputsAreRefused() {
    for (boolean rowFormat : new boolean[] {true, false}) {
      assertThatThrownBy(() -> named(rowFormat, List.of()))
          .isInstanceOf(StatusException.class)
          .hasMessage("Cannot convert empty tensor map to JSON");
    }
  }

  @Test
  @Spec("E62")
  void scalarOutputIsRefusedInRows() {
    assertThatThrownBy(() -> rows(floats(shape(), 1)))
        .isInstanceOf(StatusException.class)
        .hasMessage("Tensor name: y has no shape information ");
  }

  @Test
  @Spec("E63")
  void unequalBatchesAreRefusedInRows() {
    assertThatThrownBy(
            () -> named(true, List.of("a", "b"), floats(shape(2), 1, 2), floats(shape(1), 1)))
        .isInstanceOf(StatusException.class)
        .hasMessage("Tensor name: b has inconsistent batch size: 1 expecting: 2");
  }

  @Test
  @Spec("E64")
  void typeWithoutJsonFormIsRefused() {
    for (DataType type : new DataType[] {DataType.COMPLEX64, DataType.QINT8}) {
      Tensor tensor = new ArenaTensors().allocate(type, Shape.of(1));
      assertThatThrownBy(() -> rows(tensor))
          .hasMessage("Failed to write JSON value for tensor type: " + type.label())
          .extracting(failure -> ((StatusException) failure).code())
          .isEqualTo(StatusCode.UNIMPLEMENTED);
      Tensor empty = new ArenaTensors().allocate(type, Shape.of(0));
      assertThat(compact(rows(empty))).isEqualTo("{\"predictions\":[]}");
    }
  }

  @Test
  void errorBodyEscapesItsText() {
    assertThat(new String(JsonError.body("a\"b\\c\n\u0002/é\u007f"), UTF_8))
        .isEqualTo("{\n    \"error\": \"a\\\"b\\\\c\\n\\u0002/é\u007f\"\n}");
    assertThat(new String(JsonError.body(""), UTF_8)).isEqualTo("{\n    \"error\": \"\"\n}");
  }

  /** Longer than what is read at once from off-heap memory, shorter, and not a divisor of it. */
  @ParameterizedTest
  @CsvSource({"3, 700", "2000, 3", "2, 1024", "3, 1025", "2, 66000", "700, 1"})
  void listsOfAnyLengthArePrintedWhole(int rows, int columns) {
    float[] values = new float[rows * columns];
    StringBuilder expected = new StringBuilder("{\"predictions\":[");
    FloatText floatText = new FloatText();
    byte[] text = new byte[FloatText.MAX_LENGTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i - 1000) / 7f;
      int length = floatText.write(values[i], text, 0);
      expected.append(i % columns > 0 ? "," : i > 0 ? "],[" : "[");
      expected.append(new String(text, 0, length, java.nio.charset.StandardCharsets.US_ASCII));
    }
    expected.append("]]}");
    Tensor tensor = floats(shape(rows, columns), values);
    assertThat(compact(rows(tensor))).isEqualTo(expected.toString());
    assertThat(compact(columns(tensor)))
        .isEqualTo(expected.toString().replace("predictions", "outputs"));
  }
}
