package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.decodeOne;
import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Documents at random, half of them damaged: what Jackson accepts we accept, what it refuses we
 * refuse, and the values are the same. Only the dialect that both speak is used; what ours has
 * beyond that is in {@link JsonSyntaxTest}.
 */
class JacksonDifferentialTest {

  private static final JsonFactory JACKSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10_000)
                  .maxNumberLength(10_000)
                  .build())
          .build();

  private static final String[] STRINGS = {
    "",
    "a",
    "instances",
    "inputs",
    "b64",
    "e\\u00e9\\n",
    "\\ud83d\\ude00",
    "\\\"\\\\\\/",
    "\\t",
    "\u00fc\u4e2d\ud83d\ude00",
    "just some longer text with nothing in it"
  };
  private static final String DAMAGE = "[]{},:\"\\0123456789.eE+- \n\ttruefalsn";

  private static final Pattern PAIR = Pattern.compile("(?<!\\\\)\\\\ud83d\\\\ude00");
  private static final Pattern UNCOMMON = Pattern.compile("[eE]\\+?[0-9]{3}|\\\\u[dD][89a-fA-F]");

  private final SplittableRandom random = new SplittableRandom(31);

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String space() {
    return pick("", "", "", " ", "\n", "\t  ");
  }

  private StringBuilder digits(StringBuilder out, int most) {
    for (int i = random.nextInt(most); i >= 0; i--) {
      out.append((char) ('0' + random.nextInt(10)));
    }
    return out;
  }

  private String number() {
    StringBuilder token = new StringBuilder(pick("", "", "-"));
    if (random.nextBoolean()) {
      token.append('0');
    } else {
      token.append((char) ('1' + random.nextInt(9)));
      if (random.nextBoolean()) {
        digits(token, random.nextInt(8) == 0 ? 30 : 5);
      }
    }
    if (random.nextInt(4) > 0) {
      digits(token.append('.'), random.nextInt(10) == 0 ? 40 : 19);
    }
    if (random.nextInt(6) == 0) {
      token.append(pick("e", "E")).append(pick("", "+", "-")).append(random.nextInt(50));
    }
    return token.toString();
  }

  private String value(int depth) {
    int kind = random.nextInt(depth > 4 ? 5 : 9);
    return switch (kind) {
      case 0 -> "\"" + pick(STRINGS) + "\"";
      case 1 -> pick("true", "false", "null");
      case 2, 3, 4 -> number();
      case 5, 6, 7 -> list(depth, random.nextInt(4));
      default -> object(depth);
    };
  }

  private String list(int depth, int size) {
    StringBuilder out = new StringBuilder("[").append(space());
    boolean numbers = random.nextBoolean();
    for (int i = 0; i < size; i++) {
      out.append(i == 0 ? "" : ",").append(space());
      out.append(numbers ? number() : value(depth + 1)).append(space());
    }
    return out.append(']').toString();
  }

  private String object(int depth) {
    StringBuilder out = new StringBuilder("{").append(space());
    for (int i = random.nextInt(4); i > 0; i--) {
      out.append('"').append(pick(STRINGS)).append('"').append(space()).append(':');
      out.append(space()).append(value(depth + 1)).append(space()).append(i == 1 ? "" : ",");
      out.append(space());
    }
    return out.append('}').toString();
  }

  /** An even list of lists of values. */
  private String even(int[] shape, int level, List<String> out, boolean strings) {
    if (level == shape.length) {
      String value = strings ? "\"" + pick(STRINGS) + "\"" : number();
      out.add(value);
      return value;
    }
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; i < shape[level]; i++) {
      list.append(i == 0 ? "" : ",").append(space());
      list.append(even(shape, level + 1, out, strings)).append(space());
    }
    return list.append(']').toString();
  }

  private String damaged(String text) {
    StringBuilder out = new StringBuilder(text);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(out.length());
      char next = DAMAGE.charAt(random.nextInt(DAMAGE.length()));
      switch (random.nextInt(3)) {
        case 0 -> out.insert(at, next);
        case 1 -> out.setCharAt(at, next);
        default -> out.delete(at, at + 1).append(' ');
      }
    }
    return out.toString();
  }

  /** Whether Jackson reads a root object to its end, every value included. */
  private static boolean jacksonAccepts(byte[] body) throws IOException {
    try (JsonParser parser = JACKSON.createParser(body)) {
      int depth = 0;
      do {
        JsonToken token = parser.nextToken();
        if (token == null) {
          return false;
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        parser.getText();
      } while (depth > 0);
      return true;
    } catch (JsonProcessingException refused) {
      return false;
    }
  }

  private static boolean weAccept(byte[] body) {
    try {
      JsonPredictRequest.scan(body);
      return true;
    } catch (StatusException refused) {
      return !refused.getMessage().startsWith("JSON Parse error");
    }
  }

  /** What only one of the two speaks: numbers beyond all doubles, halves of surrogate pairs. */
  private static boolean isCommon(String text) {
    return !UNCOMMON.matcher(PAIR.matcher(text).replaceAll("")).find();
  }

  private int syntax(int rounds) throws IOException {
    int accepted = 0;
    for (int i = 0; i < rounds; i++) {
      String sound = "{\"k\":" + value(0) + ",\"instances\":" + value(0) + "}";
      String text = i % 2 == 0 ? sound : damaged(sound);
      if (!text.stripLeading().startsWith("{") || !isCommon(text)) {
        continue;
      }
      boolean expected = jacksonAccepts(utf8(text));
      if (weAccept(utf8(text)) != expected) {
        assertThat(weAccept(utf8(text))).as(text).isEqualTo(expected);
      }
      accepted += expected ? 1 : 0;
    }
    return accepted;
  }

  private void values(int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      int[] shape = new int[random.nextInt(4)];
      for (int j = 0; j < shape.length; j++) {
        shape[j] = 1 + random.nextInt(3);
      }
      List<String> tokens = new ArrayList<>();
      boolean strings = random.nextInt(6) == 0;
      String body = "{\"inputs\":" + space() + even(shape, 0, tokens, strings) + "}";
      compare(body, strings ? DataType.STRING : pickType(), tokens.size());
    }
  }

  private DataType pickType() {
    return random.nextInt(3) == 0 ? DataType.DOUBLE : DataType.FLOAT;
  }

  private static void compare(String body, DataType type, int elements) throws IOException {
    Tensor tensor = decodeOne(body, type);
    assertThat(tensor.shape().elementCount()).isEqualTo(elements);
    int index = 0;
    try (JsonParser parser = JACKSON.createParser(utf8(body))) {
      parser.nextToken();
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        if (parser.currentToken().isScalarValue()) {
          String expected = text(parser, type);
          String actual = text(tensor, index++);
          if (!actual.equals(expected)) {
            assertThat(actual).as(body).isEqualTo(expected);
          }
        }
      }
    }
    assertThat(index).isEqualTo(elements);
  }

  private static String text(JsonParser parser, DataType type) throws IOException {
    return switch (type) {
      case STRING -> parser.getText();
      case DOUBLE -> Double.toString(unsigned(parser, parser.getDoubleValue()));
      default -> Float.toString((float) unsigned(parser, Float.parseFloat(parser.getText())));
    };
  }

  /** An integer zero has no sign with us. */
  private static double unsigned(JsonParser parser, double value) throws IOException {
    return parser.getText().equals("-0") ? 0 : value;
  }

  private static String text(Tensor tensor, int index) {
    return switch (tensor.dataType()) {
      case STRING -> new String(tensor.string(index), StandardCharsets.UTF_8);
      case DOUBLE -> Double.toString(tensor.data().get(Elements.DOUBLE, index * 8L));
      default -> Float.toString(tensor.data().get(Elements.FLOAT, index * 4L));
    };
  }

  @Test
  void bothAcceptTheSameDocuments() throws IOException {
    assertThat(syntax(40_000)).isBetween(15_000, 35_000);
  }

  @Test
  void bothReadTheSameValues() throws IOException {
    values(30_000);
  }

  @Test
  @Tag("stress")
  void bothAgreeOnAMillionDocuments() throws IOException {
    assertThat(syntax(600_000)).isGreaterThan(200_000);
    values(400_000);
  }
}
