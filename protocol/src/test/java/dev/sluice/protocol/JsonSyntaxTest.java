package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.decodeOne;
import static dev.sluice.protocol.Fixtures.message;
import static dev.sluice.protocol.Fixtures.oneInput;
import static dev.sluice.protocol.Fixtures.show;
import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.DataType;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSyntaxTest {

  private static String syntaxError(String body) {
    return message(body, oneInput(DataType.FLOAT));
  }

  private static void accept(String body) {
    JsonPredictRequest.scan(utf8(body));
  }

  @Test
  @Spec({"E10", "REST-P15"})
  void emptyBodyHasNoOffset() {
    assertThat(syntaxError("")).isEqualTo("JSON Parse error: The document is empty");
  }

  @Test
  @Spec("E11")
  void blankBodyHasTheOffsetOfItsEnd() {
    assertThat(syntaxError(" \n\t"))
        .isEqualTo("JSON Parse error: The document is empty. at offset: 3");
    assertThat(error(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}))
        .isEqualTo("JSON Parse error: The document is empty. at offset: 3");
  }

  private static String error(byte[] body) {
    try {
      JsonPredictRequest.scan(body);
      return "accepted";
    } catch (StatusException failure) {
      return failure.getMessage();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // The samples that were verified against the reference's parser.
        "instances = [1]             | Invalid value.                                        | 0",
        "{\"instances\": [1, 2]      | Missing a comma or '}' after an object member.        | 20",
        "{\"instances\": [1, 2,]}    | Invalid value.                                        | 20",
        "{\"instances\": [1, 2],}    | Missing a name for object member.                     | 21",
        "{\"instances\": [01]}       | Missing a comma or ']' after an array element.        | 16",
        "{\"instances\": [Nan]}      | Invalid value.                                        | 17",
        // Each reason, where it arises.
        "{                           | Missing a name for object member.                     | 1",
        "{1                          | Missing a name for object member.                     | 1",
        "{\"a\"                      | Missing a colon after a name of object member.        | 4",
        "{\"a\" 1                    | Missing a colon after a name of object member.        | 5",
        "{\"a\":                     | Invalid value.                                        | 5",
        "{\"a\":}                    | Invalid value.                                        | 5",
        "{\"a\":1 \"b\"              | Missing a comma or '}' after an object member.        | 7",
        "[                           | Invalid value.                                        | 1",
        "[1 2]                       | Missing a comma or ']' after an array element.        | 3",
        "[1}                         | Missing a comma or ']' after an array element.        | 2",
        "[1,2,                       | Invalid value.                                        | 5",
        "[\"a                        | Missing a closing quotation mark in string.           | 3",
        "[\"abcdefghij\\q\"]         | Invalid escape character in string.                   | 12",
        "[\"\\                       | Invalid escape character in string.                   | 2",
        "[\"a\\u12G4\"]              | Incorrect hex digit after \\u escape in string.       | 3",
        "[\"a\\u12                   | Incorrect hex digit after \\u escape in string.       | 3",
        "[\"\\uD800\"]               | The surrogate pair in string is invalid.              | 2",
        "[\"\\uD800\\n\"]            | The surrogate pair in string is invalid.              | 2",
        "[\"\\uD800\\u0041\"]        | The surrogate pair in string is invalid.              | 2",
        "[\"\\uD800\\u00G1\"]        | Incorrect hex digit after \\u escape in string.       | 2",
        "[1.]                        | Miss fraction part in number.                         | 3",
        "[1.e5]                      | Miss fraction part in number.                         | 3",
        "[1e]                        | Miss exponent in number.                              | 3",
        "[1e+]                       | Miss exponent in number.                              | 4",
        "[-]                         | Invalid value.                                        | 2",
        "[.5]                        | Invalid value.                                        | 1",
        "[+5]                        | Invalid value.                                        | 1",
        "[1e309]                     | Number too big to be stored in double.                | 1",
        "[ -1e999 ]                  | Number too big to be stored in double.                | 2",
        "[0e0400]                    | Number too big to be stored in double.                | 1",
        "[1.5e310]                   | Number too big to be stored in double.                | 1",
        "[1, 2, 1e309]               | Number too big to be stored in double.                | 7",
        "[nan]                       | Invalid value.                                        | 2",
        "[nul]                       | Invalid value.                                        | 4",
        "[truE]                      | Invalid value.                                        | 4",
        "[fals                       | Invalid value.                                        | 5",
        "[INF]                       | Invalid value.                                        | 2",
        "[infinity]                  | Invalid value.                                        | 1",
        "[Infinit]                   | Invalid value.                                        | 8",
        "['a']                       | Invalid value.                                        | 1",
        "[/**/1]                     | Invalid value.                                        | 1",
        "{\"a\":1,}                  | Missing a name for object member.                     | 7",
      })
  @Spec("E11")
  void syntaxErrorHasReasonAndOffset(String body, String reason, int offset) {
    assertThat(syntaxError(body))
        .isEqualTo("JSON Parse error: " + reason + " at offset: " + offset);
  }

  @Test
  void rawControlByteInStringIsAnError() {
    assertThat(syntaxError("[\"a\u0001\"]"))
        .isEqualTo("JSON Parse error: Invalid escape character in string. at offset: 3");
    assertThat(syntaxError("[\"a\n\"]"))
        .isEqualTo("JSON Parse error: Invalid escape character in string. at offset: 3");
    assertThat(syntaxError("[\"a\u0000\"]"))
        .isEqualTo("JSON Parse error: Missing a closing quotation mark in string. at offset: 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " \r\n\t{ } ",
        "{\"a\":[],\"b\":{}}",
        "{\"a\":[NaN, -NaN, Infinity, -Infinity, Inf, -Inf]}",
        "{\"a\":[9e308, 1e308, 1.5e309, 0.0000001e310, 1e-99999, 0e99, -0, -0.0, 1E5, 1e+5]}",
        "{\"a\":[18446744073709551615, 18446744073709551616, -9223372036854775809]}",
        "{\"\\u0069\":\"\\u0000\\uDC00\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"}",
        "{\"a\": true, \"a\": false, \"a\": null} junk ]",
        "{} {",
        "{}\u0000",
      })
  void dialectIsAccepted(String body) {
    accept(body);
  }

  @Test
  void byteOrderMarkIsSkipped() {
    assertThat(show(decodeOne("\uFEFF{\"instances\": [1.0]}", DataType.FLOAT)))
        .isEqualTo("float[1]: 1.0");
  }

  @Test
  void whatFollowsTheRootIsIgnored() {
    assertThat(show(decodeOne("{\"instances\":[1.0]} junk", DataType.FLOAT)))
        .isEqualTo("float[1]: 1.0");
  }

  @Test
  void longIntegersAreTooBigFromTheDigitThatOverflows() {
    accept("{\"a\":1" + "0".repeat(308) + "}");
    assertThat(syntaxError("[1" + "0".repeat(309) + "]"))
        .isEqualTo("JSON Parse error: Number too big to be stored in double. at offset: 1");
    assertThat(syntaxError("[18" + "0".repeat(308) + ".5]")).contains("too big");
  }

  @Test
  void fractionDigitsRaiseTheLimitOfTheExponentUpToSeventeen() {
    accept("{\"a\":1." + "0".repeat(17) + "e325}");
    assertThat(syntaxError("[1." + "0".repeat(17) + "e326]")).contains("too big");
    assertThat(syntaxError("[1." + "0".repeat(40) + "e326]")).contains("too big");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1, 2]      | [1, 2]",
        "123 junk    | 123",
        "-0          | 0",
        "1.50        | 1.5",
        "\"a/\\u00e9\\n\" | \"a/é\\n\"",
        "null        | null",
        "[]          | []",
        "[[1,{}],[]] | [[1, {}], []]",
        "1e30        | 1e30",
        "100.0       | 100.0",
        "0.00000015  | 1.5e-7",
        "0.000001    | 0.000001",
        "1e20        | 100000000000000000000.0",
        "1e21        | 1e21",
        "1.25e300    | 1.25e300",
        "-0.0        | -0.0",
        "18446744073709551616 | 18446744073709552000.0",
        "18446744073709551615 | 18446744073709551615",
      })
  @Spec("E12")
  void rootThatIsNoObjectIsEchoed(String body, String echo) {
    assertThat(syntaxError(body)).isEqualTo("JSON Value: " + echo + " Is not object");
  }

  @Test
  @Spec("E12")
  void echoStopsAtNumbersThatAreNotFinite() {
    assertThat(syntaxError("NaN")).isEqualTo("JSON Value:  Is not object");
    assertThat(syntaxError("[1, -Infinity, 2]")).isEqualTo("JSON Value: [1,  Is not object");
  }

  @Test
  @Spec("E12")
  void echoStopsBeforeTheTokenThatWouldBeginAtByte256() {
    // 85 elements of "1, " and their bracket: 256 bytes end with the 86th element.
    String message = syntaxError("[" + "1,".repeat(500) + "1]");
    assertThat(message).isEqualTo("JSON Value: [" + "1, ".repeat(85) + "1 Is not object");
    // A token that begins before may overshoot.
    assertThat(syntaxError("[\"" + "x".repeat(1000) + "\", 1]"))
        .isEqualTo("JSON Value: [\"" + "x".repeat(1000) + "\" Is not object");
  }

  @Test
  @Spec("E20")
  void signatureNameMustBeAString() {
    assertThat(syntaxError("{\"signature_name\": null, \"instances\": [1]}"))
        .isEqualTo(
            "JSON Value: {\n    \"signature_name\": null,\n    \"instances\": [1]\n} not formatted"
                + " correctly. 'signature_name' key must be a string value.");
    assertThat(failureCode("{\"signature_name\": 1}")).isEqualTo(StatusCode.INVALID_ARGUMENT);
  }

  private static StatusCode failureCode(String body) {
    return Fixtures.failure(body, oneInput(DataType.FLOAT)).code();
  }

  @Test
  void signatureNameIsReadBeforeAnythingElseIsJudged() {
    JsonPredictRequest request =
        JsonPredictRequest.scan(
            utf8("{\"signature\\u005fname\": \"n\\u00f6\", \"signature_name\": 3}"));
    assertThat(request.signatureName()).isEqualTo("nö");
    assertThat(request.rowFormat()).isFalse();
    assertThat(JsonPredictRequest.scan(utf8("{\"instances\": 1}")).signatureName()).isEmpty();
    assertThat(JsonPredictRequest.scan(utf8("{\"instances\": 1}")).rowFormat()).isTrue();
  }

  @Test
  void deepNestingInAnIgnoredKeyPasses() {
    String deep = "[".repeat(500_000) + "]".repeat(500_000);
    assertThat(show(decodeOne("{\"x\": " + deep + ", \"instances\": [1]}", DataType.FLOAT)))
        .isEqualTo("float[1]: 1.0");
    String objects = "{\"a\":".repeat(200_000) + "1" + "}".repeat(200_000);
    assertThat(show(decodeOne("{\"instances\": [1], \"x\": " + objects + "}", DataType.FLOAT)))
        .isEqualTo("float[1]: 1.0");
  }

  @Test
  void unfinishedDeepNestingIsAnErrorAndNoOverflow() {
    assertThat(syntaxError("[".repeat(3_000_000))).contains("Invalid value. at offset: 3000000");
    assertThat(syntaxError("{\"a\":".repeat(300_000))).contains("Invalid value.");
  }

  @Test
  void scanAgreesWithAPlainRecursiveParser() {
    SplittableRandom random = new SplittableRandom(20240517);
    String[] pieces = {
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\"a\"",
      "\"b\\n\"",
      "1",
      "-2.5e3",
      "0",
      "NaN",
      "-Inf",
      "true",
      "null",
      " ",
      "\"\\u00e9\"",
      "01",
      "1.",
      "tru",
      "\"",
      "12345678901234567890",
      "\\",
      "Infinity"
    };
    int accepted = 0;
    for (int i = 0; i < 400_000; i++) {
      StringBuilder body = new StringBuilder(random.nextInt(4) > 0 ? "{\"k\":" : "");
      int length = random.nextInt(8);
      for (int j = 0; j < length; j++) {
        body.append(pieces[random.nextInt(pieces.length)]);
      }
      body.append(random.nextInt(2) > 0 ? "}" : "");
      boolean expected = ReferenceJson.accepts(body.toString());
      accepted += expected ? 1 : 0;
      String message = error(utf8(body.toString()));
      if (message.contains("too big")) {
        continue; // Pieces that met in one number; the recogniser has no limits.
      }
      assertThat(!message.startsWith("JSON Parse error")).as(body.toString()).isEqualTo(expected);
    }
    assertThat(accepted).isGreaterThan(5_000);
  }

  @Test
  void everyTruncationOfADocumentIsAnError() {
    byte[] body =
        utf8("{\"instances\": [[1.5e3, -2], [\"a\\u00e9\\n\", {\"b64\": \"aa==\"}]], \"k\": null}");
    for (int length = 0; length < body.length; length++) {
      byte[] part = java.util.Arrays.copyOf(body, length);
      assertThatThrownBy(() -> JsonPredictRequest.scan(part))
          .isInstanceOf(StatusException.class)
          .hasMessageStartingWith("JSON Parse error: ");
    }
  }
}
