package dev.sluice.protocol;

import static dev.sluice.protocol.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sluice.model.Tensor;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random examples, written as JSON and built with protobuf's own classes: what is read from the one
 * is, byte for byte, what the other serialises.
 */
class ExampleDifferentialTest {

  private final SplittableRandom random = new SplittableRandom(20250607);

  @Test
  void jsonBecomesTheBytesThatProtobufWrites() {
    for (int round = 0; round < 3000; round++) {
      List<Example> expected = new ArrayList<>();
      StringBuilder json = new StringBuilder("{\"examples\": [");
      int count = 1 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        json.append(i == 0 ? "" : ",").append(space());
        expected.add(example(json));
      }
      json.append(space()).append("]}");
      assertSame(json.toString(), expected);
    }
  }

  private static void assertSame(String json, List<Example> expected) {
    ExampleBatch batch = JsonExampleRequest.read(utf8(json)).examples();
    assertThat(batch.size()).isEqualTo(expected.size());
    try (Tensor tensor = batch.tensor(TensorBudget.DEFAULT)) {
      for (int i = 0; i < expected.size(); i++) {
        assertThat(tensor.string(i)).as(json).isEqualTo(expected.get(i).toByteArray());
      }
    }
  }

  private Example example(StringBuilder json) {
    Features.Builder features = Features.newBuilder();
    json.append('{');
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      // Lengths on both sides of where a length takes another byte.
      String name = i + "n".repeat(random.nextInt(4) == 0 ? 120 + random.nextInt(16) : i);
      json.append(i == 0 ? "" : ",").append(space()).append('"').append(name).append("\":");
      features.putFeature(name, feature(json.append(space())));
      json.append(space());
    }
    json.append('}');
    return Example.newBuilder().setFeatures(features).build();
  }

  private Feature feature(StringBuilder json) {
    int count = random.nextInt(8) == 0 ? 100 + random.nextInt(200) : random.nextInt(4);
    Feature.Builder feature = Feature.newBuilder();
    boolean bare = count == 1 && random.nextBoolean();
    int kind = random.nextInt(3);
    json.append(bare ? "" : "[");
    for (int i = 0; i < count; i++) {
      json.append(i == 0 ? "" : ",").append(space());
      switch (kind) {
        case 0 -> feature.getFloatListBuilder().addValue(floating(json));
        case 1 -> feature.getInt64ListBuilder().addValue(integer(json));
        default -> feature.getBytesListBuilder().addValue(bytes(json));
      }
    }
    json.append(bare ? "" : space() + "]");
    return feature.build();
  }

  private float floating(StringBuilder json) {
    float value = Float.intBitsToFloat(random.nextInt());
    if (random.nextInt(3) == 0) {
      value = random.nextInt(1000) / 8f;
    }
    if (Float.isNaN(value)) {
      json.append("NaN");
      return Float.NaN;
    }
    json.append(value);
    return value;
  }

  private long integer(StringBuilder json) {
    if (random.nextInt(5) == 0) {
      boolean value = random.nextBoolean();
      json.append(value);
      return value ? 1 : 0;
    }
    long value = random.nextLong() >> random.nextInt(64);
    json.append(value);
    return value;
  }

  private ByteString bytes(StringBuilder json) {
    byte[] value = new byte[random.nextInt(5) == 0 ? 126 + random.nextInt(5) : random.nextInt(9)];
    if (random.nextBoolean()) {
      random.nextBytes(value);
      String text = Base64.getEncoder().encodeToString(value);
      json.append("{\"b64\":").append(space()).append('"').append(text).append("\"}");
    } else {
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) ('a' + random.nextInt(26));
      }
      json.append('"').append(new String(value, StandardCharsets.US_ASCII)).append('"');
    }
    return ByteString.copyFrom(value);
  }

  private String space() {
    return " \n\t".substring(random.nextInt(4));
  }
}
