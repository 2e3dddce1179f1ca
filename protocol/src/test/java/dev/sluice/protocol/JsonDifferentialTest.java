package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.decode;
import static dev.sluice.protocol.Fixtures.signature;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Random requests, mostly a little wrong: tensors and texts are those of the reference decoder. */
class JsonDifferentialTest {

  private static final List<Signature> SIGNATURES =
      List.of(
          signature("x", DataType.INT32),
          signature("x", DataType.FLOAT),
          signature("x", DataType.STRING),
          signature("a", DataType.INT32, "b", DataType.STRING));

  private final SplittableRandom random = new SplittableRandom(17);

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String scalar(DataType type) {
    if (random.nextInt(40) == 0) {
      return pick("1", "1.5", "\"s\"", "null", "true", "{}", "{\"b64\":\"aGk=\"}", "[]", "[1]");
    }
    return switch (type) {
      case STRING -> pick("\"u\"", "\"vw\"", "\"\"", "{\"b64\":\"aGk=\"}");
      case FLOAT -> pick("1.5", "-2", "3e2", "0.25");
      default -> pick("1", "-20", "300", "0");
    };
  }

  private String nested(DataType type, int[] shape, int level) {
    if (level == shape.length) {
      return scalar(type);
    }
    int size = shape[level] + (random.nextInt(25) == 0 ? random.nextInt(3) - 1 : 0);
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; i < size; i++) {
      boolean shallow = random.nextInt(60) == 0;
      list.append(i == 0 ? "" : ",").append(pick("", "", "", " "));
      list.append(nested(type, shape, shallow ? shape.length : level + 1));
    }
    return list.append(pick("", "", " ")).append("]").toString();
  }

  private int[] shape() {
    int[] shape = new int[random.nextInt(4)];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(3);
    }
    return shape;
  }

  private String object(Signature signature, int[][] shapes) {
    StringBuilder object = new StringBuilder("{");
    for (int i = 0; i < shapes.length; i++) {
      if (random.nextInt(30) == 0) {
        continue;
      }
      String name = signature.inputs().get(i).name();
      String key = random.nextInt(40) == 0 ? pick("x", "a", "b", "c", "b64") : name;
      object
          .append(object.length() == 1 ? "" : ",")
          .append('"')
          .append(key)
          .append("\":")
          .append(nested(signature.inputs().get(i).dataType(), shapes[i], 0));
    }
    return object.append('}').toString();
  }

  private String element(Signature signature, boolean named, int[][] shapes) {
    boolean odd = random.nextInt(50) == 0;
    return named != odd
        ? object(signature, shapes)
        : nested(signature.inputs().getFirst().dataType(), shapes[0], 0);
  }

  private String request(Signature signature) {
    int[][] shapes = new int[signature.inputs().size()][];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = shape();
    }
    boolean named = shapes.length > 1 ? random.nextInt(20) > 0 : random.nextBoolean();
    if (random.nextBoolean()) {
      return "{\"inputs\":" + element(signature, named, shapes) + "}";
    }
    StringBuilder rows = new StringBuilder("{\"instances\": [");
    int count = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      rows.append(i == 0 ? "" : ", ").append(element(signature, named, shapes));
    }
    return rows.append("]}").toString();
  }

  private static String actual(String body, Signature signature) {
    try {
      return decode(body, signature).stream().map(Fixtures::show).collect(Collectors.joining("; "));
    } catch (StatusException refused) {
      return refused.getMessage();
    }
  }

  @Test
  void tensorsAndTextsAreThoseOfTheReference() {
    int sound = 0;
    int rounds = 150_000;
    for (int i = 0; i < rounds; i++) {
      Signature signature = SIGNATURES.get(random.nextInt(SIGNATURES.size()));
      String body = request(signature);
      String expected = ReferenceDecoder.decode(body, signature);
      String actual = actual(body, signature);
      if (!actual.equals(expected)) {
        assertThat(actual).as(body).isEqualTo(expected);
      }
      sound += expected.matches("(?s)(float|int32|string)\\[.*") ? 1 : 0;
    }
    assertThat(sound).isBetween(rounds / 4, rounds * 3 / 4);
  }
}
