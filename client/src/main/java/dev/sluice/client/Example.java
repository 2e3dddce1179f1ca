package dev.sluice.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.FloatList;
import dev.sluice.proto.tensorflow.Int64List;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A {@code tf.Example}: features by name, each a list of floats, of integers or of bytes.
 *
 * <p>Immutable; every method that adds a feature gives a new example. A name that is there already
 * is replaced.
 */
public final class Example {

  private static final Example EMPTY =
      new Example(dev.sluice.proto.tensorflow.Example.getDefaultInstance());

  private final dev.sluice.proto.tensorflow.Example message;

  private Example(dev.sluice.proto.tensorflow.Example message) {
    this.message = message;
  }

  /** Without a feature. */
  public static Example empty() {
    return EMPTY;
  }

  /** With one feature of floats, for a start. */
  public static Example of(String name, float... values) {
    return EMPTY.floats(name, values);
  }

  /**
   * One that was serialised, as TFRecord files hold them.
   *
   * @throws IllegalArgumentException if the bytes are no {@code tf.Example}
   */
  public static Example parse(byte[] serialised) {
    try {
      return new Example(dev.sluice.proto.tensorflow.Example.parseFrom(serialised));
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalArgumentException(
          serialised.length + " bytes that are no tf.Example: " + malformed.getMessage(),
          malformed);
    }
  }

  /** This one with a feature of floats. */
  public Example floats(String name, float... values) {
    FloatList.Builder list = FloatList.newBuilder();
    for (float value : values) {
      list.addValue(value);
    }
    return with(name, Feature.newBuilder().setFloatList(list));
  }

  /** This one with a feature of integers. */
  public Example integers(String name, long... values) {
    Int64List.Builder list = Int64List.newBuilder();
    for (long value : values) {
      list.addValue(value);
    }
    return with(name, Feature.newBuilder().setInt64List(list));
  }

  /** This one with a feature of texts, in UTF-8. */
  public Example texts(String name, String... values) {
    BytesList.Builder list = BytesList.newBuilder();
    for (String value : values) {
      list.addValue(ByteString.copyFrom(value, StandardCharsets.UTF_8));
    }
    return with(name, Feature.newBuilder().setBytesList(list));
  }

  /** This one with a feature of byte strings, such as pictures; they are copied. */
  public Example bytes(String name, byte[]... values) {
    BytesList.Builder list = BytesList.newBuilder();
    for (byte[] value : values) {
      list.addValue(ByteString.copyFrom(value));
    }
    return with(name, Feature.newBuilder().setBytesList(list));
  }

  private Example with(String name, Feature.Builder feature) {
    Features.Builder features = message.getFeatures().toBuilder();
    features.putAllFeature(Map.of(name, feature.build()));
    return new Example(message.toBuilder().setFeatures(features).build());
  }

  dev.sluice.proto.tensorflow.Example message() {
    return message;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example example && message.equals(example.message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }

  /** The features as text. */
  @Override
  public String toString() {
    return message.toString();
  }
}
