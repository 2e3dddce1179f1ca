package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonInstancesTest {

  private static String request(String body) {
    byte[] request = JsonInstances.request(body.getBytes(StandardCharsets.UTF_8));
    return new String(request, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"instances\": [1.0]}",
        " {\"signature_name\" : \"x\", \"inputs\"\n: 1}",
        "{\"context\": {\"a\": [\"}\"]}, \"examples\": []}",
        "{\"a\": \"\\\"}\", \"instances\": 1} {\"b\": 1}",
        "",
        " \n ",
        "\ufeff{\"instances\": [1.0]}"
      })
  void requestStaysAsItIs(String body) {
    assertThat(request(body)).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "[1, 2]                       | [[1, 2]]",
        "[[1, 2], [3]]                | [[1, 2], [3]]",
        "[ {\"x\": 1}]                | [ {\"x\": 1}]",
        "{\"x\": [1]}                 | [{\"x\": [1]}]",
        "{\"x\": {\"inputs\": 1}}     | [{\"x\": {\"inputs\": 1}}]",
        "{\"x\": \"inputs\"}          | [{\"x\": \"inputs\"}]",
        "7.5                          | [7.5]",
        "\"a b\"                      | [\"a b\"]",
        "1.0, 2.0                     | [1.0,2.0]",
        "[1], [2]                     | [[1],[2]]",
        "1 2 3                        | [1,2,3]",
        "[1] [2]                      | [[1],[2]]",
        "[[1]] [[2]]                  | [[[1]],[[2]]]",
        "{\"x\":1}{\"x\":2}           | [{\"x\":1},{\"x\":2}]",
        "{\"x\":1} {\"inputs\":2} {}  | [{\"x\":1},{\"inputs\":2},{}]",
        "\"a\\\" ]\" \"b\"            | [\"a\\\" ]\",\"b\"]",
        "true null                    | [true,null]",
      })
  void valuesBecomeRows(String body, String rows) {
    assertThat(request(body)).isEqualTo("{\"instances\":" + rows + "}");
    assertThat(request("\n" + body.replace(" ", "\r\n") + "\n").replaceAll("\\s", ""))
        .isEqualTo("{\"instances\":" + rows.replace(" ", "") + "}");
  }

  /** What is no JSON goes on to the parser, which says so; here it must only come to an end. */
  @ParameterizedTest
  @ValueSource(strings = {"{", "[[", "\"", "\"\\", "]", "}}", ",", "[1,", "{\"a\"", "{\"inputs\""})
  void brokenJsonStaysBroken(String body) {
    assertThat(request(body)).contains(body.strip());
  }

  @Test
  void anyBytesComeToAnEnd() {
    byte[] alphabet = "{}[]\",: \n\\ainputs1".getBytes(StandardCharsets.US_ASCII);
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = new byte[random.nextInt(24)];
      for (int j = 0; j < body.length; j++) {
        body[j] = alphabet[random.nextInt(alphabet.length)];
      }
      assertThat(JsonInstances.request(body).length).isBetween(body.length > 0 ? 1 : 0, 80);
    }
  }
}
