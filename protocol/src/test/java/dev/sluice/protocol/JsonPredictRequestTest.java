package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.decode;
import static dev.sluice.protocol.Fixtures.decodeOne;
import static dev.sluice.protocol.Fixtures.failure;
import static dev.sluice.protocol.Fixtures.message;
import static dev.sluice.protocol.Fixtures.oneInput;
import static dev.sluice.protocol.Fixtures.show;
import static dev.sluice.protocol.Fixtures.signature;
import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class JsonPredictRequestTest {

  private static final String ROW_0 =
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: ";

  private static final Signature ONE_FLOAT = oneInput(DataType.FLOAT);
  private static final Signature TWO = signature("a", DataType.FLOAT, "b", DataType.INT32);

  private static List<String> shown(String json, Signature signature) {
    return decode(json, signature).stream().map(Fixtures::show).toList();
  }

  // Worked pairs.

  @Test
  @Spec("P1")
  void rowsOfScalarsGetOneDimension() {
    assertThat(shown("{\"instances\": [1.0, 2.0, 5.0]}", ONE_FLOAT))
        .containsExactly("float[3]: 1.0 2.0 5.0");
  }

  @Test
  @Spec("P2")
  void columnGetsNoDimension() {
    assertThat(
            shown("{\"signature_name\": \"serving_default\", \"inputs\": [3.0, 4.0]}", ONE_FLOAT))
        .containsExactly("float[2]: 3.0 4.0");
  }

  @Test
  @Spec("P3")
  void namedRowsWorkWithASingleInput() {
    assertThat(shown("{\"instances\": [{\"x\": [1]}, {\"x\": [2]}]}", ONE_FLOAT))
        .containsExactly("float[2,1]: 1.0 2.0");
  }

  @Test
  @Spec("P4")
  void unknownColumnIsIgnored() {
    assertThat(shown("{\"inputs\": {\"x\": [[80.0]], \"ignored\": 1}}", ONE_FLOAT))
        .containsExactly("float[1,1]: 80.0");
  }

  @Test
  @Spec("P5")
  void bareColumnIsAScalar() {
    assertThat(shown("{\"inputs\": 3.0}", ONE_FLOAT)).containsExactly("float[]: 3.0");
    assertThat(shown("{\"inputs\": {\"x\": 3.0}}", ONE_FLOAT)).containsExactly("float[]: 3.0");
  }

  @Test
  @Spec("P6")
  void whatFloatCannotHoldBecomesInfinity() {
    assertThat(shown("{\"instances\": [NaN, -Infinity, 1e39]}", ONE_FLOAT))
        .containsExactly("float[3]: NaN -Infinity Infinity");
  }

  @Test
  @Spec("P7")
  void namedRowsFillEveryInput() {
    assertThat(shown("{\"instances\": [{\"a\": 1.0, \"b\": 2}, {\"b\": 4, \"\\u0061\": 3}]}", TWO))
        .containsExactly("float[2]: 1.0 3.0", "int32[2]: 2 4");
  }

  @Test
  @Spec({"P8", "E25", "E34"})
  void stringForFloatIsATypeError() {
    StatusException failure = failure("{\"instances\": [\"x\", \"y\"]}", ONE_FLOAT);
    assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(
            new String(
                JsonError.body(failure.getMessage()), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            "{\n    \"error\": \"Failed to process element: 0 of 'instances' list. Error:"
                + " INVALID_ARGUMENT: JSON Value: \\\"x\\\" Type: String is not of expected type:"
                + " float\"\n}");
  }

  @Test
  @Spec({"P9", "E23"})
  void bothFormatsAtOnceAreRefused() {
    String message = message("{\"instances\": [1.0], \"inputs\": [1.0]}", ONE_FLOAT);
    assertThat(message)
        .isEqualTo(
            "JSON Value: {\n    \"instances\": [1.0],\n    \"inputs\": [1.0]\n} Not formatted"
                + " correctly expecting only one of 'inputs' or 'instances' keys to exist ");
    assertThat(new String(JsonError.body(message), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            "{\n    \"error\": \"JSON Value: {\\n    \\\"instances\\\": [1.0],\\n   "
                + " \\\"inputs\\\": [1.0]\\n} Not formatted correctly expecting only one of"
                + " 'inputs' or 'instances' keys to exist \"\n}");
  }

  @Test
  @Spec({"REST-P10", "E38"})
  void raggedRowsAreRefused() {
    assertThat(message("{\"instances\": [[1.0, 2.0], [3.0]]}", ONE_FLOAT))
        .isEqualTo(
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting"
                + " tensor size: 2 but got: 1");
  }

  @Test
  @Spec({"REST-P14", "E42"})
  void missingColumnIsNamed() {
    assertThat(message("{\"inputs\": {\"y\": [1.0]}}", ONE_FLOAT))
        .isEqualTo("Missing named input: x in 'inputs' object.");
  }

  // The other texts.

  @Test
  @Spec("E22")
  void signatureWithoutInputsIsRefused() {
    Signature none = signature();
    assertThat(message("{\"instances\": [1]}", none))
        .isEqualTo("Failed to get input map for signature: DEFAULT");
    assertThat(message("{\"signature_name\": \"s\", \"inputs\": [1]}", none))
        .isEqualTo("Failed to get input map for signature: s");
    assertThat(message("{}", none)).isEqualTo("Failed to get input map for signature: DEFAULT");
  }

  @Test
  @Spec("UP-18")
  void signatureWithoutInputsTakesAnEmptyObject() {
    assertThat(decode("{\"inputs\": {}}", signature())).isEmpty();
    assertThat(decode("{\"inputs\": {\"ignored\": 1}}", signature())).isEmpty();
  }

  @Test
  @Spec("E24")
  void oneFormatHasToBeThere() {
    assertThat(message("{\"instance\": [1]}", ONE_FLOAT))
        .isEqualTo("Missing 'inputs' or 'instances' key");
  }

  @Test
  @Spec("E29")
  void instancesHaveToBeAList() {
    assertThat(message("{\"instances\": {\"x\": 1}}", ONE_FLOAT))
        .isEqualTo(
            "JSON Value: {\n    \"instances\": {\n        \"x\": 1\n    }\n} Expecting 'instances'"
                + " to be an list/array");
  }

  @Test
  @Spec("E30")
  void instancesMustNotBeEmpty() {
    assertThat(message("{\"instances\": [ ]}", ONE_FLOAT))
        .isEqualTo("JSON Value: {\n    \"instances\": []\n} No values in 'instances' array");
  }

  @Test
  void emptyColumnIsLegal() {
    assertThat(shown("{\"inputs\": []}", ONE_FLOAT)).containsExactly("float[0]:");
    assertThat(shown("{\"inputs\": [[], []]}", ONE_FLOAT)).containsExactly("float[2,0]:");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {
        "COMPLEX64",
        "COMPLEX128",
        "QINT8",
        "QUINT8",
        "QINT16",
        "QUINT16",
        "QINT32",
        "RESOURCE",
        "VARIANT"
      })
  @Spec({"E26", "UP-14"})
  void typesWithoutJsonFormAreUnimplemented(DataType type) {
    StatusException column = failure("{\"inputs\": [1]}", oneInput(type));
    assertThat(column.code()).isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThat(column).hasMessage("Conversion of JSON Value: 1 to type: " + type.label());

    StatusException row = failure("{\"instances\": [1]}", oneInput(type));
    assertThat(row.code()).isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThat(row)
        .hasMessage(
            "Failed to process element: 0 of 'instances' list. Error: UNIMPLEMENTED: Conversion of"
                + " JSON Value: 1 to type: "
                + type.label());

    assertThat(message("{\"inputs\": [{}]}", oneInput(type)))
        .isEqualTo("JSON Value: {} Type: Object is not of expected type: " + type.label());
  }

  @Test
  @Spec("E26")
  void inputOfUnknownTypeIsUnimplemented() {
    assertThat(failure("{\"inputs\": []}", signature("x", null)).code())
        .isEqualTo(StatusCode.UNIMPLEMENTED);
    assertThat(failure("{\"instances\": [{\"x\": []}]}", signature("x", null)).code())
        .isEqualTo(StatusCode.UNIMPLEMENTED);
  }

  @Test
  @Spec("E27")
  void objectThatIsNotBase64IsRefusedForStrings() {
    assertThat(message("{\"inputs\": [{\"b65\": \"\"}]}", oneInput(DataType.STRING)))
        .isEqualTo("JSON Value: {\n    \"b65\": \"\"\n} not formatted correctly for base64 data");
    assertThat(message("{\"inputs\": [{\"b64\": \"\", \"c\": 1}]}", oneInput(DataType.STRING)))
        .endsWith(" not formatted correctly for base64 data");
    assertThat(message("{\"inputs\": [{\"b64\": 1}]}", oneInput(DataType.STRING)))
        .endsWith(" not formatted correctly for base64 data");
  }

  @Test
  @Spec({"E28", "E34"})
  void badBase64IsRefused() {
    assertThat(message("{\"inputs\": {\"b64\": \"a\"}}", oneInput(DataType.STRING)))
        .isEqualTo("Unable to base64 decode");
    assertThat(message("{\"instances\": [{\"b64\": \"_-\"}]}", oneInput(DataType.STRING)))
        .isEqualTo(ROW_0 + "Unable to base64 decode");
  }

  @Test
  @Spec("E31")
  void plainListIsRefusedForSeveralInputs() {
    String text =
        "instances is a plain list, but expecting list of objects as multiple input tensors"
            + " required as per tensorinfo_map";
    assertThat(message("{\"instances\": [1]}", TWO)).isEqualTo(text);
    assertThat(message("{\"instances\": [[{\"a\": 1}]]}", TWO)).isEqualTo(text);
    assertThat(message("{\"instances\": [{\"b64\": \"\"}]}", TWO)).isEqualTo(text + ": a,b");
  }

  @Test
  @Spec("E32")
  void plainElementAmongNamedOnesIsRefused() {
    for (String element : new String[] {"[1]", "1", "{\"b64\": \"\"}"}) {
      assertThat(message("{\"instances\": [{\"x\": 1}, " + element + "]}", ONE_FLOAT))
          .isEqualTo("Expecting object but got list at item 1 of input list");
    }
  }

  @Test
  @Spec("E33")
  void namedElementAmongPlainOnesIsRefused() {
    assertThat(message("{\"instances\": [1, 2, {\"x\": 1}]}", ONE_FLOAT))
        .isEqualTo("Expecting value/list but got object at item 2 of input list");
    assertThat(message("{\"instances\": [\"a\", {\"x\": 1}]}", oneInput(DataType.STRING)))
        .isEqualTo("Expecting value/list but got object at item 1 of input list");
  }

  @Test
  @Spec({"E35", "E36"})
  void unknownKeyInARowIsNamed() {
    assertThat(message("{\"instances\": [{\"x\": 1}, {\"x\": 2, \"y\\n\": 3}]}", ONE_FLOAT))
        .isEqualTo(
            "Failed to process element: 1 key: y\n of 'instances' list. Error: INVALID_ARGUMENT:"
                + " JSON object: does not have named input: y\n");
  }

  @Test
  @Spec("E37")
  void rowWithAMissingKeyIsEchoed() {
    assertThat(message("{\"instances\": [{\"a\": 1, \"b\": 1}, {\"a\": 1.5}]}", TWO))
        .isEqualTo(
            "Failed to process element: 1 of 'instances' list. JSON object: {\n    \"a\": 1.5\n}"
                + " keys must be equal to: a,b");
    assertThat(message("{\"instances\": [{}]}", TWO))
        .isEqualTo(
            "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal"
                + " to: a,b");
  }

  @Test
  void membersAreCheckedInTheOrderSentBeforeTheKeySet() {
    assertThat(message("{\"instances\": [{\"b\": 1.5, \"c\": 1}]}", TWO))
        .isEqualTo(
            "Failed to process element: 0 key: b of 'instances' list. Error: INVALID_ARGUMENT:"
                + " JSON Value: 1.5 Type: Number is not of expected type: int32");
    assertThat(message("{\"instances\": [{\"c\": 1, \"b\": 1.5}]}", TWO))
        .contains("does not have named input: c");
  }

  @Test
  void duplicateKeyInARowIsRefusedByName() {
    StatusException failure = failure("{\"instances\": [{\"x\": 1, \"x\": 2}]}", ONE_FLOAT);
    assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(failure).hasMessageContaining(" key: x ").hasMessageContaining("duplicate key");
  }

  @Test
  void firstOfDuplicateKeysCountsAtTheTopAndInColumns() {
    assertThat(shown("{\"instances\": [1], \"instances\": \"x\"}", ONE_FLOAT))
        .containsExactly("float[1]: 1.0");
    assertThat(shown("{\"inputs\": {\"x\": [1], \"x\": {}}}", ONE_FLOAT))
        .containsExactly("float[1]: 1.0");
    assertThat(shown("{\"inputs\": {\"x\": [1]}, \"inputs\": 2}", ONE_FLOAT))
        .containsExactly("float[1]: 1.0");
  }

  @Test
  @Spec("E41")
  void plainColumnIsRefusedForSeveralInputs() {
    String text =
        "inputs is a plain value/list, but expecting an object as multiple input tensors required"
            + " as per tensorinfo_map";
    assertThat(message("{\"inputs\": [1]}", TWO)).isEqualTo(text);
    assertThat(message("{\"inputs\": {\"b64\": \"\"}}", TWO)).isEqualTo(text);
  }

  @Test
  void columnsMayDifferInTheirLeadingDimension() {
    assertThat(shown("{\"inputs\": {\"b\": [[1, 2]], \"a\": [0.5, 1, 2e0]}}", TWO))
        .containsExactly("float[3]: 0.5 1.0 2.0", "int32[1,2]: 1 2");
  }

  // The table of ragged values.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[[1,2],[3]]]     | 0 | Encountered list at unexpected size: 1 at level: 1 expected size: 2",
        "[[1,[2]]]         | 0 | Encountered list at unexpected level: 1 expected < 1",
        "[[1,2],[3]]       | 1 | Expecting tensor size: 2 but got: 1",
        "[1,[1]]           | 1 | Expecting shape [] but got: [1]",
        "[[[1],[2]],[[1,2]]] | 1 | Expecting shape [2,1] but got: [1,2]",
        "[[1],1]           | 1 | Expecting shape [1] but got: []",
        "[[1,2],[\"x\"]]   | 1 | JSON Value: \"x\" Type: String is not of expected type: int32",
        "[[[1,\"x\"],[1]]] | 0 | JSON Value: \"x\" Type: String is not of expected type: int32",
        "[[[1,2],[\"x\"]]] | 0 | Encountered list at unexpected size: 1 at level: 1 expected size: 2",
        "[[],[1]]          | 1 | Expecting tensor size: 0 but got: 1",
        "[[1],[]]          | 1 | Expecting tensor size: 1 but got: 0",
        "[[[],[]],[]]      | 1 | Expecting shape [2,0] but got: [0]",
        "[[[],[1]]]        | 0 | Encountered list at unexpected size: 1 at level: 1 expected size: 0",
      })
  @Spec({"E34", "E38", "E39"})
  void raggedRowTellsItsFirstMismatch(String instances, int element, String core) {
    assertThat(message("{\"instances\": " + instances + "}", oneInput(DataType.INT32)))
        .isEqualTo(
            "Failed to process element: %d of 'instances' list. Error: INVALID_ARGUMENT: %s"
                .formatted(element, core));
    String named = instances.substring(1, instances.length() - 1);
    List<String> parts = elements(named);
    StringBuilder rows = new StringBuilder();
    for (String part : parts) {
      rows.append(rows.isEmpty() ? "" : ",").append("{\"x\":").append(part).append("}");
    }
    assertThat(message("{\"instances\": [" + rows + "]}", oneInput(DataType.INT32)))
        .isEqualTo(
            "Failed to process element: %d key: x of 'instances' list. Error: INVALID_ARGUMENT: %s"
                .formatted(element, core));
  }

  private static List<String> elements(String list) {
    List<String> parts = new java.util.ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < list.length(); i++) {
      char next = list.charAt(i);
      depth += next == '[' ? 1 : next == ']' ? -1 : 0;
      if (next == ',' && depth == 0) {
        parts.add(list.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(list.substring(from));
    return parts;
  }

  @Test
  @Spec("E40")
  void scalarWhereAListIsDueIsExplained() {
    assertThat(message("{\"instances\": [[[1],2]]}", oneInput(DataType.INT32)))
        .startsWith(
            ROW_0
                + "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2")
        .endsWith(" (a single value where a list of 1 is expected)");
    assertThat(message("{\"inputs\": [[1],2]}", oneInput(DataType.INT32)))
        .startsWith(
            "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2")
        .endsWith(" (input: x)");
    assertThat(message("{\"inputs\": [[[1]],{\"b\":2}]}", oneInput(DataType.STRING)))
        .startsWith("JSON Value: 1 Type: Number is not of expected type: string");
  }

  @Test
  @Spec("E39")
  void raggedColumnNamesItsInputAtTheEnd() {
    assertThat(message("{\"inputs\": [[1,2],[3]]}", oneInput(DataType.INT32)))
        .isEqualTo(
            "Encountered list at unexpected size: 1 at level: 1 expected size: 2 (input: x)");
    assertThat(message("{\"inputs\": {\"x\": [1,[2]]}}", oneInput(DataType.INT32)))
        .isEqualTo("Encountered list at unexpected level: 1 expected < 1 (input: x)");
  }

  @Test
  void emptyInnerListsAreLegalInRows() {
    assertThat(shown("{\"instances\": [[], [ ]]}", ONE_FLOAT)).containsExactly("float[2,0]:");
    assertThat(shown("{\"instances\": [{\"x\": []}, {\"x\": [ ]}]}", ONE_FLOAT))
        .containsExactly("float[2,0]:");
  }

  @Test
  @Spec("E53")
  void moreThan254DimensionsAreRefused() {
    assertThat(shown("{\"inputs\": " + nested(254) + "}", ONE_FLOAT).getFirst()).endsWith(": 1.0");
    assertThat(message("{\"inputs\": " + nested(255) + "}", ONE_FLOAT))
        .isEqualTo("tensor parsing error: x");
    assertThat(message("{\"inputs\": " + nested(100_000) + "}", ONE_FLOAT))
        .isEqualTo("tensor parsing error: x");
    // The rows' own dimension counts.
    assertThat(shown("{\"instances\": " + nested(254) + "}", ONE_FLOAT).getFirst())
        .endsWith(": 1.0");
    assertThat(message("{\"instances\": " + nested(255) + "}", ONE_FLOAT))
        .isEqualTo("tensor parsing error: x");
    assertThat(message("{\"instances\": [{\"x\": " + nested(254) + "}]}", ONE_FLOAT))
        .isEqualTo("tensor parsing error: x");
    String row = "{\"x\": " + nested(400_000) + "}";
    assertThat(message("{\"instances\": [" + row + "," + row + "]}", ONE_FLOAT))
        .isEqualTo("tensor parsing error: x");
    // An element that is wrong comes first.
    assertThat(message("{\"inputs\": " + nested(300).replace('1', 't') + "}", ONE_FLOAT))
        .startsWith("JSON Parse error");
    assertThat(message("{\"inputs\": " + nested(300).replace("1", "true") + "}", ONE_FLOAT))
        .startsWith("JSON Value: true Type: True");
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "1" + "]".repeat(depth);
  }

  @Test
  void raggedValueCannotAskForMoreThanItsBodyHolds() {
    // The first lists promise 3000^4 elements.
    String wide = "1," + "1,".repeat(2998) + "1";
    String value = "[" + wide + "]";
    for (int i = 0; i < 3; i++) {
      value = "[" + value + ",1".repeat(2999) + "]";
    }
    CountingTensors memory = new CountingTensors();
    byte[] body = utf8("{\"instances\": [" + value + "]}");
    assertThatThrownBy(() ->
            JsonPredictRequest.scan(body)
                .tensors(ONE_FLOAT, memory, new TensorBudget(Long.MAX_VALUE)))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("found at incorrect level");
    assertThat(memory.allocations()).isZero();
    byte[] named = utf8("{\"instances\": [{\"x\": " + value + "}]}");
    assertThatThrownBy(() ->
            JsonPredictRequest.scan(named)
                .tensors(ONE_FLOAT, memory, new TensorBudget(Long.MAX_VALUE)))
        .hasMessageContaining("found at incorrect level");
    assertThat(memory.allocations()).isZero();
  }

  // Conversion.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FLOAT  | 1, -2.5, 1e39, -1e39, 1e-60, -1e-60 | 1.0 -2.5 Infinity -Infinity 0.0 -0.0",
        "FLOAT  | 16777217, 0.1, -0, -0.0, Inf, -NaN  | 1.6777216E7 0.1 0.0 -0.0 Infinity NaN",
        "DOUBLE | 1, 0.1, 9007199254740993, 9e308     | 1.0 0.1 9.007199254740992E15 Infinity",
        "INT32  | 2147483647, -2147483648, -0, 7      | 2147483647 -2147483648 0 7",
        "INT16  | 32767, -32768                       | 32767 -32768",
        "INT8   | 127, -128                           | 127 -128",
        "UINT8  | 0, 255                              | 0 255",
        "UINT16 | 0, 65535                            | 0 65535",
        "INT64  | 9223372036854775807, -9223372036854775808 | 9223372036854775807 -9223372036854775808",
        "UINT32 | 0, 4294967295, -0                   | 0 4294967295 0",
        "UINT64 | 0, 18446744073709551615             | 0 18446744073709551615",
        "BOOL   | true, false                         | 1 0",
        "HALF   | 1, 0.333251953125, 65520, 1e-8      | 1.0 0.33325195 Infinity 0.0",
        "BFLOAT16 | 1, 3.140625, 1e39, NaN            | 1.0 3.140625 Infinity NaN",
      })
  void numbersConvertToTheirType(DataType type, String values, String expected) {
    String rows = show(decodeOne("{\"instances\": [" + values + "]}", type));
    assertThat(rows.substring(rows.indexOf(':') + 2)).isEqualTo(expected);
    String columns = show(decodeOne("{\"inputs\": [" + values + "]}", type));
    assertThat(columns).isEqualTo(rows);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FLOAT  | true                 | true                 | True",
        "FLOAT  | null                 | null                 | Null",
        "DOUBLE | \"1\"                | \"1\"                | String",
        "INT32  | 1.0                  | 1.0                  | Number",
        "INT32  | 1e2                  | 100.0                | Number",
        "INT32  | 2147483648           | 2147483648           | Number",
        "INT32  | NaN                  | ''                   | Number",
        "INT16  | 32768                | 32768                | Number",
        "INT8   | -129                 | -129                 | Number",
        "UINT8  | 300                  | 300                  | Number",
        "UINT8  | -1                   | -1                   | Number",
        "UINT16 | 65536                | 65536                | Number",
        "INT64  | 9223372036854775808  | 9223372036854775808  | Number",
        "INT64  | -9223372036854775809 | -9223372036854776000.0 | Number",
        "UINT32 | -1                   | -1                   | Number",
        "UINT32 | 4294967296           | 4294967296           | Number",
        "UINT64 | -1                   | -1                   | Number",
        "BOOL   | 1                    | 1                    | Number",
        "BOOL   | false1               | ''                   | ''",
        "STRING | 1                    | 1                    | Number",
        "STRING | null                 | null                 | Null",
        "STRING | false                | false                | False",
        "FLOAT  | {\"b64\": \"\"}      | {\\n    \"b64\": \"\"\\n} | Object",
        "BOOL   | {}                   | {}                   | Object",
      })
  @Spec({"E25", "UP-10"})
  void whatDoesNotConvertIsATypeError(DataType type, String value, String echo, String name) {
    String message = message("{\"inputs\": [" + value + "]}", oneInput(type));
    if (name.isEmpty()) {
      assertThat(message).startsWith("JSON Parse error");
      return;
    }
    assertThat(message)
        .isEqualTo(
            "JSON Value: %s Type: %s is not of expected type: %s"
                .formatted(echo.replace("\\n", "\n"), name, type.label()));
  }

  @Test
  void stringsKeepTheirBytes() {
    Tensor strings =
        decodeOne(
            "{\"instances\": [\"\", \"a\\u0000b\", \"\\u00e9\\ud83d\\ude00\\uDC00\", \"é/\\/\","
                + " {\"b64\": \"/wA=\"}]}",
            DataType.STRING);
    assertThat(strings.shape().toString()).isEqualTo("[5]");
    assertThat(strings.string(0)).isEmpty();
    assertThat(strings.string(1)).containsExactly('a', 0, 'b');
    assertThat(strings.string(2))
        .containsExactly(0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xB0, 0x80);
    assertThat(strings.string(3)).isEqualTo(utf8("é//"));
    assertThat(strings.string(4)).containsExactly(0xFF, 0);
  }

  @Test
  void invalidUtf8InStringsPassesThrough() {
    byte[] body = utf8("{\"inputs\": \"??\"}");
    body[12] = (byte) 0xFF;
    body[13] = (byte) 0xC0;
    Tensor tensor =
        JsonPredictRequest.scan(body)
            .tensors(
                oneInput(DataType.STRING),
                new dev.sluice.model.ArenaTensors(),
                TensorBudget.DEFAULT)
            .getFirst();
    assertThat(tensor.string(0)).containsExactly(0xFF, 0xC0);
  }

  @Test
  void base64ObjectStandsWhereverAStringDoes() {
    assertThat(
            shown(
                "{\"inputs\": [[{\"b64\": \"aGk=\"}, \"x\"], [{ \"b\\u00364\" : \"a\\u0047k\" },"
                    + " {\"b64\":\"\"}]]}",
                oneInput(DataType.STRING)))
        .containsExactly("string[2,2]: hi x hi ");
    assertThat(shown("{\"inputs\": {\"b64\": \"aGk\"}}", oneInput(DataType.STRING)))
        .containsExactly("string[]: hi");
    assertThat(shown("{\"instances\": [{\"b64\": \"aGk\"}, \"x\"]}", oneInput(DataType.STRING)))
        .containsExactly("string[2]: hi x");
    assertThat(shown("{\"instances\": [{\"x\": {\"b64\": \"aGk\"}}]}", oneInput(DataType.STRING)))
        .containsExactly("string[1]: hi");
  }

  @Test
  void numericInputGivenBase64IsATypeError() {
    assertThat(message("{\"instances\": [{\"b64\": \"\"}]}", ONE_FLOAT))
        .isEqualTo(
            ROW_0
                + "JSON Value: {\n    \"b64\": \"\"\n} Type: Object is not of expected type: float");
  }

  @Test
  void inputNamedB64IsTakenForABase64ObjectAsInTheReference() {
    assertThat(message("{\"inputs\": {\"b64\": \"aGk\"}}", signature("b64", DataType.FLOAT)))
        .endsWith("Type: Object is not of expected type: float");
  }

  @Test
  void whiteSpaceMayStandAnywhere() {
    assertThat(
            shown(" { \"inputs\" : { \"b\" : [ [ 1 , 2 ] , [\n3\t,\r4 ] ] , \"a\" : 5 } } ", TWO))
        .containsExactly("float[]: 5.0", "int32[2,2]: 1 2 3 4");
    assertThat(
            shown(
                " { \"instances\" : [ { \"b\" : [ 1 , 2 ] , \"a\" : 5 } , {\"a\":6,\"b\":[3,4]} ] }",
                TWO))
        .containsExactly("float[2]: 5.0 6.0", "int32[2,2]: 1 2 3 4");
  }

  @Test
  void shapesAreTakenFromTheFirstElementsWhateverComesAround() {
    String json =
        "{\"x\": [[1,2,3],[4]], \"y\": {\"z\": [[{\"q\": [1]}]]}, \"instances\": "
            + "[{\"a\": [[1,2],[3,4],[5,6]], \"b\": [[[7]]]}, {\"b\": [[[8]]], \"a\":"
            + " [[1,2],[3,4],[5,6]]}], \"w\": [[[1],[2]]]}";
    assertThat(shown(json, TWO))
        .containsExactly(
            "float[2,3,2]: 1.0 2.0 3.0 4.0 5.0 6.0 1.0 2.0 3.0 4.0 5.0 6.0", "int32[2,1,1,1]: 7 8");
  }

  // Budget and ownership.

  @Test
  void budgetIsAskedBeforeAllocation() {
    CountingTensors memory = new CountingTensors();
    byte[] body = utf8("{\"instances\": [1, 2, 3]}");
    assertThatThrownBy(
            () -> JsonPredictRequest.scan(body).tensors(ONE_FLOAT, memory, new TensorBudget(11)))
        .isInstanceOf(StatusException.class)
        .hasMessage(
            "tensor for input \"x\" would take 12 bytes, more than the limit of 11 bytes a tensor")
        .extracting(failure -> ((StatusException) failure).code())
        .isEqualTo(StatusCode.RESOURCE_EXHAUSTED);
    assertThat(memory.allocations()).isZero();
    JsonPredictRequest.scan(body).tensors(ONE_FLOAT, memory, new TensorBudget(12));
  }

  @Test
  void stringsCountTheirContent() {
    byte[] body = utf8("{\"inputs\": [\"abcdef\", \"g\"]}");
    Signature signature = oneInput(DataType.STRING);
    JsonPredictRequest request = JsonPredictRequest.scan(body);
    request.tensors(signature, new CountingTensors(), new TensorBudget(55));
    assertThatThrownBy(
            () -> request.tensors(signature, new CountingTensors(), new TensorBudget(54)))
        .hasMessageContaining("would take 55 bytes");
    assertThatThrownBy(
            () -> request.tensors(signature, new CountingTensors(), new TensorBudget(47)))
        .hasMessageContaining("would take 48 bytes");
  }

  @Test
  void everythingIsClosedWhenALaterInputFails() {
    CountingTensors memory = new CountingTensors();
    for (String json :
        new String[] {
          "{\"inputs\": {\"a\": [1], \"b\": [1.5]}}",
          "{\"instances\": [{\"a\": 1, \"b\": 1}, {\"a\": 1, \"b\": []}]}",
          "{\"instances\": [{\"a\": 1, \"b\": 1}, {\"a\": 1}]}",
          "{\"instances\": [{\"a\": 1, \"b\": 1}, 3]}",
        }) {
      assertThatThrownBy(
              () -> JsonPredictRequest.scan(utf8(json)).tensors(TWO, memory, TensorBudget.DEFAULT))
          .isInstanceOf(StatusException.class);
      assertThat(memory.open()).as(json).isZero();
    }
    assertThat(memory.allocations()).isPositive();
  }

  @Test
  void firstTensorIsClosedWhenMemoryRunsOutForTheSecond() {
    for (String json :
        new String[] {
          "{\"inputs\": {\"a\": [1], \"b\": [1]}}", "{\"instances\": [{\"a\": 1, \"b\": 1}]}",
        }) {
      CountingTensors memory = new CountingTensors().failingAt(1);
      assertThatThrownBy(
              () -> JsonPredictRequest.scan(utf8(json)).tensors(TWO, memory, TensorBudget.DEFAULT))
          .hasMessage("out of memory, on demand");
      assertThat(memory.open()).isZero();
      assertThat(memory.allocations()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"-123, -123", "0, 0", "06e, 0", "12e5, 1200000.0", "7 8, 7"})
  void rootThatIsANumberEndsWithIt(String body, String echo) {
    assertThat(message(body, oneInput(DataType.FLOAT)))
        .isEqualTo("JSON Value: " + echo + " Is not object");
  }
}
