package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvInstancesTest {

  private static String rows(String csv) {
    byte[] request = CsvInstances.request(csv.getBytes(StandardCharsets.UTF_8));
    String text = new String(request, StandardCharsets.UTF_8);
    assertThat(text).startsWith("{\"instances\":[").endsWith("]}");
    return text.substring("{\"instances\":".length(), text.length() - 1);
  }

  @Test
  void linesAreRowsAndSingleValuesAreNotInAList() {
    assertThat(rows("1.0,2.0\n3,-4e+5\n")).isEqualTo("[[1.0,2.0],[3,-4e+5]]");
    assertThat(rows("1.0\r\n2.0\r\n\r\n5.0")).isEqualTo("[1.0,2.0,5.0]");
    assertThat(rows(" 1 ,\t2 \n")).isEqualTo("[[1,2]]");
    assertThat(rows("\n \n")).isEqualTo("[]");
    assertThat(rows("")).isEqualTo("[]");
  }

  @Test
  void whatIsNoNumberOfJsonIsText() {
    assertThat(rows("a,007,.5,1.,+1,1e,-,--1,0x1,1_0"))
        .isEqualTo("[[\"a\",\"007\",\".5\",\"1.\",\"+1\",\"1e\",\"-\",\"--1\",\"0x1\",\"1_0\"]]");
    assertThat(rows("NaN,-Infinity,0,-0.5E-3")).isEqualTo("[[NaN,-Infinity,0,-0.5E-3]]");
    assertThat(rows("1,,\n")).isEqualTo("[[1,\"\",\"\"]]");
  }

  @Test
  void quotedValuesAreTextByRfc4180() {
    assertThat(rows("\"1\",\"a,b\"")).isEqualTo("[[\"1\",\"a,b\"]]");
    assertThat(rows("\"a,b\"\nc")).isEqualTo("[\"a,b\",\"c\"]");
    assertThat(rows("\"say \"\"hi\"\"\"")).isEqualTo("[\"say \\\"hi\\\"\"]");
    assertThat(rows("\"\"\"\"")).isEqualTo("[\"\\\"\"]");
    assertThat(rows("\"\",x")).isEqualTo("[[\"\",\"x\"]]");
    assertThat(rows("1, \"a\" , 2")).isEqualTo("[[1,\"a\",2]]");
    assertThat(rows("\"two\nlines\",1")).isEqualTo("[[\"two\\u000alines\",1]]");
    assertThat(rows("back\\slash,in\"side,tab\there"))
        .isEqualTo("[[\"back\\\\slash\",\"in\\\"side\",\"tab\\u0009here\"]]");
    assertThat(rows("Grüße,日本")).isEqualTo("[[\"Grüße\",\"日本\"]]");
    assertThat(rows("\ufeff1,2")).isEqualTo("[[1,2]]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "1,2;;3 | CSV line 3 has 1 value(s), expected 2 as in the lines before",
        "1;2,3  | CSV line 2 has 2 value(s), expected 1 as in the lines before",
        "1;\"a  | The quote in CSV line 2 is not closed",
        "\"a;b  | The quote in CSV line 1 is not closed",
        "\"a\"b | CSV line 1 has \"b\" after a quoted value, expected a comma or the end of the line",
        "1,\"a;b\" x | CSV line 2 has \"x\" after a quoted value, expected a comma or the end of the line",
      })
  void badLineIsNamed(String csv, String message) {
    assertThatThrownBy(() -> rows(csv.replace(';', '\n')))
        .isInstanceOf(StatusException.class)
        .hasMessage(message);
  }
}
