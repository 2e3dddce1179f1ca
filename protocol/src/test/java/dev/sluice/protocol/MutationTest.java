package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Sound requests, damaged at random: only StatusException comes out, memory stays in proportion to
 * the request, and whatever was allocated before a failure is closed.
 */
class MutationTest {

  private static final String[] BODIES = {
    "{\"instances\": [1.0, 2.5e3, -Infinity, NaN]}",
    "{\"signature_name\": \"s\\u00e9\", \"instances\": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}",
    "{\"inputs\": {\"a\": [[1, 2, 3]], \"b\": [\"x\\n\", {\"b64\": \"aGk=\"}], \"q\": {}}}",
    "{\"instances\": [{\"a\": 1, \"b\": \"u\"}, {\"b\": \"v\", \"a\": 2}]}",
    "{\"instances\": [{\"a\": [1], \"b\": 0.5, \"x\": true}, {\"x\": false, \"a\": [2], \"b\": 1}]}",
    "{\"inputs\": {\"x\": [[1, 2], [3, 4], [5, 6]]}}",
    "{\"inputs\": [\"\\ud83d\\ude00\", {\"b64\": \"////\"}]}",
    "{\"inputs\": 12345678901234567890123.5e-10, \"k\": [[[[[]]]]]}",
    "{\"instances\": [[], []], \"inputs\": null}",
  };

  private static final String[] PIECES = {
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "1",
    "-",
    "e",
    ".",
    "0",
    "NaN",
    "Inf",
    "true",
    "null",
    "{\"b64\":\"\"}",
    "\"x\"",
    "[[",
    "]]",
    "[1,",
    "1e309",
    "\u0000",
    " ",
    "99999999999999999999",
    "\"instances\":",
    "\"inputs\":",
    "\"a\":",
    "\u00e9"
  };

  private SplittableRandom random = new SplittableRandom(4242);

  private byte[] mutated(byte[] original, Function<SplittableRandom, byte[]> piece) {
    byte[] bytes = original;
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      int at = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, at + random.nextInt(5));
      switch (random.nextInt(4)) {
        case 0 -> bytes = spliced(bytes, at, to, new byte[0]);
        case 1 -> bytes = spliced(bytes, at, at, piece.apply(random));
        case 2 -> bytes = spliced(bytes, at, to, piece.apply(random));
        default -> {
          int from = random.nextInt(bytes.length + 1);
          int end = Math.min(bytes.length, from + random.nextInt(20));
          bytes = spliced(bytes, at, at, Arrays.copyOfRange(bytes, from, end));
        }
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] piece) {
    byte[] result = new byte[bytes.length - (to - from) + piece.length];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(piece, 0, result, from, piece.length);
    System.arraycopy(bytes, to, result, from + piece.length, bytes.length - to);
    return result;
  }

  @Test
  void damagedJsonLetsOnlyStatusExceptionsOut() {
    damageJson(60_000);
  }

  @Test
  void damagedRequestsLetOnlyStatusExceptionsOut() {
    damageRequests(40_000);
  }

  @Test
  void damagedTensorsLetOnlyStatusExceptionsOut() {
    damageTensors(100_000);
  }

  @Test
  @Tag("stress")
  void longerDamageLetsOnlyStatusExceptionsOut() {
    for (int seed = 0; seed < 10; seed++) {
      random = new SplittableRandom(seed);
      damageJson(400_000);
      damageRequests(400_000);
      damageTensors(1_000_000);
    }
  }

  private void damageJson(int rounds) {
    int decoded = 0;
    for (int i = 0; i < rounds; i++) {
      byte[] body = utf8(BODIES[random.nextInt(BODIES.length)]);
      byte[] input =
          i < BODIES.length
              ? body
              : mutated(body, pick -> utf8(PIECES[pick.nextInt(PIECES.length)]));
      for (int j = 0; j < 2; j++) {
        Signature signature =
            DecoderHarness.SIGNATURES[random.nextInt(DecoderHarness.SIGNATURES.length)];
        decoded += DecoderHarness.decodesJson(input, signature) ? 1 : 0;
      }
    }
    assertThat(decoded).isGreaterThan(rounds / 40);
  }

  static byte[][] requests() {
    byte[] one =
        new Proto()
            .message(
                1, new Proto().text(1, "m").message(2, new Proto().varint(1, 3)).text(3, "sig"))
            .message(2, entry("a", Proto.tensor(DataType.FLOAT, 2, 2).packedFloats(5, 1, 2, 3)))
            .message(2, entry("b", Proto.tensor(DataType.STRING, 2).text(8, "x").text(8, "yz")))
            .text(3, "y")
            .bytes();
    byte[] two =
        new Proto()
            .message(
                2, entry("x", Proto.tensor(DataType.INT8, 3).blob(4, (byte) 1, (byte) 2, (byte) 3)))
            .group(77)
            .message(1, new Proto().text(4, "label"))
            .bytes();
    byte[] three =
        new Proto()
            .message(2, entry("a", Proto.tensor(DataType.COMPLEX64, 1).packedFloats(9, 1, 2)))
            .message(2, entry("b", Proto.tensor(DataType.STRING, 1).blob(4, (byte) 1, (byte) 65)))
            .message(2, entry("x", Proto.tensor(DataType.INT64).packed(10, -1)))
            .bytes();
    return new byte[][] {one, two, three};
  }

  private static Proto entry(String key, Proto tensor) {
    return new Proto().text(1, key).message(2, tensor);
  }

  private static byte[] anyBytes(SplittableRandom pick) {
    byte[] piece = new byte[1 + pick.nextInt(3)];
    for (int i = 0; i < piece.length; i++) {
      piece[i] = (byte) (pick.nextBoolean() ? pick.nextInt(256) : pick.nextInt(24));
    }
    return piece;
  }

  private void damageRequests(int rounds) {
    byte[][] requests = requests();
    int decoded = 0;
    for (int i = 0; i < rounds; i++) {
      byte[] request = requests[random.nextInt(requests.length)];
      byte[] input = i < 10 ? request : mutated(request, MutationTest::anyBytes);
      for (Signature signature : DecoderHarness.SIGNATURES) {
        decoded += DecoderHarness.decodesEnvelope(input, signature) ? 1 : 0;
      }
    }
    assertThat(decoded).isGreaterThan(rounds / 40);
  }

  private void damageTensors(int rounds) {
    int decoded = 0;
    for (int i = 0; i < rounds; i++) {
      DataType type = DataType.values()[random.nextInt(DataType.values().length)];
      Proto proto = Proto.tensor(type, random.nextInt(4), 1 + random.nextInt(3));
      ValueList list = ValueList.of(type);
      int field = list == null ? 7 : list.tag() >>> 3;
      byte[] values = new byte[random.nextInt(20)];
      for (int j = 0; j < values.length; j++) {
        values[j] = (byte) random.nextInt(random.nextBoolean() ? 128 : 256);
      }
      byte[] tensor = proto.blob(random.nextInt(3) == 0 ? 4 : field, values).bytes();
      byte[] input = mutated(tensor, MutationTest::anyBytes);
      decoded += DecoderHarness.decodesTensor(input) ? 1 : 0;
    }
    assertThat(decoded).isGreaterThan(rounds / 40);
  }
}
