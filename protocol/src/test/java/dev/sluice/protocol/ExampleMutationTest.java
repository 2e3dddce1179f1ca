package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.Tensor;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.status.StatusException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Sound requests over examples, damaged at random: only StatusException comes out, and what JSON
 * was accepted is an Example.
 */
class ExampleMutationTest {

  private static final TensorBudget BUDGET = new TensorBudget(1 << 20);

  private static final String[] BODIES = {
    "{\"examples\": [{\"x\": [1.0, -2.5e3, NaN], \"y\": 7}, {}]}",
    "{\"context\": {\"c\": [true, 1]}, \"signature_name\": \"s\", \"examples\": [{\"x\": \"v\"}]}",
    "{\"examples\": [{\"\\u0078\": {\"b64\": \"aGk=\"}, \"z\": [\"\\n\", \"\"]}], \"k\": [[{}]]}",
    "{\"examples\": [{\"x\": []}, {\"x\": [ 9223372036854775807 , -0 ]} ] , \"examples\" : null }",
  };

  private static final String PIECES = "[]{},:\"\\0123456789.eE+-tfnNI \n\u0000";

  private final SplittableRandom random = new SplittableRandom(11);

  @Test
  void damagedJsonIsReadOrRefused() throws Exception {
    int accepted = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] body = utf8(BODIES[random.nextInt(BODIES.length)]);
      byte[] damaged =
          round < BODIES.length
              ? utf8(BODIES[round])
              : damaged(body, () -> (byte) PIECES.charAt(random.nextInt(PIECES.length())));
      accepted += reads(damaged, bytes -> JsonExampleRequest.read(bytes).examples(), true);
    }
    assertThat(accepted).isBetween(500, 19_500);
  }

  @Test
  void damagedMessageIsReadOrRefused() throws Exception {
    byte[] request = request();
    int accepted = 0;
    for (int round = 0; round < 20_000; round++) {
      int bound = round % 2 == 0 ? 24 : 256;
      byte[] damaged = damaged(request, () -> (byte) random.nextInt(bound));
      accepted += reads(damaged, bytes -> ExampleRequestReader.read(bytes).examples(), false);
      accepted +=
          reads(damaged, bytes -> ExampleRequestReader.readMultiInference(bytes).examples(), false);
    }
    assertThat(accepted).isBetween(500, 39_500);
  }

  private static byte[] request() {
    Proto spec = new Proto().text(1, "model").message(2, new Proto().varint(1, 3)).text(3, "sig");
    Proto list = new Proto().blob(1, (byte) 1, (byte) 2).blob(1).message(2, new Proto().group(4));
    Proto input = new Proto().message(2, list).message(1, new Proto().blob(1, (byte) 3));
    return new Proto().message(1, spec).message(2, input).message(2, input).bytes();
  }

  /** 1 if the request was read, 0 if it was refused. */
  private static int reads(byte[] request, Function<byte[], ExampleBatch> reader, boolean parses)
      throws Exception {
    try (Tensor tensor = reader.apply(request).tensor(BUDGET)) {
      for (long i = 0; i < tensor.shape().elementCount(); i++) {
        byte[] element = tensor.string(i);
        if (parses) {
          assertThat(Example.parseFrom(element).hasFeatures()).isTrue();
        }
      }
      return 1;
    } catch (StatusException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
      return 0;
    }
  }

  private interface Bytes {
    byte next();
  }

  /** One to three bytes replaced, put in or taken out. */
  private byte[] damaged(byte[] sound, Bytes bytes) {
    byte[] damaged = sound.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(3)) {
        case 0 -> damaged[at] = bytes.next();
        case 1 -> {
          byte[] longer = Arrays.copyOf(damaged, damaged.length + 1);
          System.arraycopy(damaged, at, longer, at + 1, damaged.length - at);
          longer[at] = bytes.next();
          damaged = longer;
        }
        default -> {
          byte[] shorter = Arrays.copyOf(damaged, damaged.length - 1);
          System.arraycopy(damaged, at + 1, shorter, at, shorter.length - at);
          damaged = shorter;
        }
      }
    }
    return damaged;
  }
}
