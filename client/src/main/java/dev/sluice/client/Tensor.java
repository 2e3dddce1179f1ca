package dev.sluice.client;

import com.google.protobuf.ByteString;
import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Elements of one type in a shape, in row-major order (the last dimension varies fastest).
 *
 * <p>Immutable and safe for use by several threads; it needs no closing. Factories take a flat
 * array and the sizes; without sizes the tensor is a vector, and {@code scalar} makes one without
 * dimensions. They throw {@link IllegalArgumentException} where the number of elements does not fit
 * the sizes. Arrays are copied, buffers are not.
 *
 * <p>What reads the elements widens but never rounds: {@link #toFloats} takes {@code half} and
 * {@code bfloat16} too, {@link #toDoubles} all floats, {@link #toInts} all integers of up to 32
 * bits that fit, {@link #toLongs} all integers. They throw {@link IllegalStateException} for any
 * other type; {@link #content} reads every type but strings.
 */
public final class Tensor {

  private final DataType type;
  private final Shape shape;

  /** Little-endian, position 0; empty for strings. Never changed. */
  private final ByteBuffer content;

  /** Empty but for strings. */
  private final List<ByteString> strings;

  private Tensor(DataType type, Shape shape, ByteBuffer content, List<ByteString> strings) {
    this.type = type;
    this.shape = shape;
    this.content = content;
    this.strings = strings;
  }

  /** {@code float}. */
  public static Tensor of(float[] values, long... sizes) {
    ByteBuffer content = room(4L * values.length);
    content.asFloatBuffer().put(values);
    return of(DataType.FLOAT, content, orVector(sizes, values.length));
  }

  /** {@code double}. */
  public static Tensor of(double[] values, long... sizes) {
    ByteBuffer content = room(8L * values.length);
    content.asDoubleBuffer().put(values);
    return of(DataType.DOUBLE, content, orVector(sizes, values.length));
  }

  /** {@code int32}. */
  public static Tensor of(int[] values, long... sizes) {
    ByteBuffer content = room(4L * values.length);
    content.asIntBuffer().put(values);
    return of(DataType.INT32, content, orVector(sizes, values.length));
  }

  /** {@code int64}. */
  public static Tensor of(long[] values, long... sizes) {
    ByteBuffer content = room(8L * values.length);
    content.asLongBuffer().put(values);
    return of(DataType.INT64, content, orVector(sizes, values.length));
  }

  /** {@code bool}. */
  public static Tensor of(boolean[] values, long... sizes) {
    ByteBuffer content = room(values.length);
    for (int i = 0; i < values.length; i++) {
      content.put(i, (byte) (values[i] ? 1 : 0));
    }
    return of(DataType.BOOL, content, orVector(sizes, values.length));
  }

  /** {@code string}, of text in UTF-8. */
  public static Tensor of(String[] values, long... sizes) {
    return ofStrings(
        Arrays.stream(values)
            .map(text -> ByteString.copyFrom(text, StandardCharsets.UTF_8))
            .toList(),
        orVector(sizes, values.length));
  }

  /** {@code string}, of bytes of any kind, such as pictures. */
  public static Tensor ofBytes(List<byte[]> values, long... sizes) {
    return ofStrings(
        values.stream().map(ByteString::copyFrom).toList(), orVector(sizes, values.size()));
  }

  /**
   * {@code float}, a matrix.
   *
   * @param rows all of one length
   */
  public static Tensor of(float[][] rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    ByteBuffer content = room(4L * rows.length * columns);
    for (float[] row : rows) {
      if (row.length != columns) {
        throw new IllegalArgumentException(
            "a row of %d values, expected %d as in the first".formatted(row.length, columns));
      }
      for (float value : row) {
        content.putFloat(value);
      }
    }
    return of(DataType.FLOAT, content.rewind(), rows.length, columns);
  }

  /** {@code float}, without dimensions. */
  public static Tensor scalar(float value) {
    return of(DataType.FLOAT, room(4).putFloat(0, value));
  }

  /** {@code double}, without dimensions. */
  public static Tensor scalar(double value) {
    return of(DataType.DOUBLE, room(8).putDouble(0, value));
  }

  /** {@code int32}, without dimensions. */
  public static Tensor scalar(int value) {
    return of(DataType.INT32, room(4).putInt(0, value));
  }

  /** {@code int64}, without dimensions. */
  public static Tensor scalar(long value) {
    return of(DataType.INT64, room(8).putLong(0, value));
  }

  /** {@code bool}, without dimensions. */
  public static Tensor scalar(boolean value) {
    return of(DataType.BOOL, room(1).put(0, (byte) (value ? 1 : 0)));
  }

  /** {@code string}, without dimensions. */
  public static Tensor scalar(String value) {
    return ofStrings(List.of(ByteString.copyFrom(value, StandardCharsets.UTF_8)));
  }

  /**
   * Any type whose elements have a fixed size.
   *
   * @param content the elements as they lie in memory, little-endian, from the buffer's position to
   *     its limit. Not copied: it must not be changed as long as the tensor is in use
   * @param sizes none for a scalar
   */
  public static Tensor of(DataType type, ByteBuffer content, long... sizes) {
    Shape shape = Shape.of(sizes);
    if (!type.hasFixedSize()) {
      throw new IllegalArgumentException("elements of type %s lie in no buffer".formatted(type));
    }
    if (shape.elementCount() != content.remaining() / (double) type.elementSize()) {
      throw new IllegalArgumentException(
          "%d bytes, expected %d elements of %d bytes for %s %s"
              .formatted(
                  content.remaining(),
                  shape.elementCount(),
                  type.elementSize(),
                  type.label(),
                  shape));
    }
    return new Tensor(type, shape, content.slice().order(ByteOrder.LITTLE_ENDIAN), List.of());
  }

  static Tensor ofStrings(List<ByteString> strings, long... sizes) {
    Shape shape = Shape.of(sizes);
    if (shape.elementCount() != strings.size()) {
      throw new IllegalArgumentException(
          "%d strings for the shape %s".formatted(strings.size(), shape));
    }
    return new Tensor(DataType.STRING, shape, room(0), strings);
  }

  static ByteBuffer room(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long[] orVector(long[] sizes, int length) {
    return sizes.length == 0 ? new long[] {length} : sizes;
  }

  /** The type of the elements. */
  public DataType type() {
    return type;
  }

  /** The sizes. */
  public Shape shape() {
    return shape;
  }

  /** How many elements there are. */
  public int size() {
    return Math.toIntExact(shape.elementCount());
  }

  /** The elements as they lie in memory, little-endian, read-only; empty for strings. */
  public ByteBuffer content() {
    return content.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All elements; of {@code float}, {@code half} and {@code bfloat16}. */
  public float[] toFloats() {
    float[] values = new float[size()];
    switch (type) {
      case FLOAT -> content().asFloatBuffer().get(values);
      case HALF -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(content.getShort(2 * i));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(content.getShort(2 * i) << 16);
        }
      }
      default -> throw isNot("floats");
    }
    return values;
  }

  /** All elements; of {@code double} and what {@link #toFloats} takes. */
  public double[] toDoubles() {
    double[] values = new double[size()];
    if (type == DataType.DOUBLE) {
      content().asDoubleBuffer().get(values);
      return values;
    }
    float[] floats = toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }

  /** All elements; of {@code int32} and shorter integers. */
  public int[] toInts() {
    if (type.elementSize() > 4 || type == DataType.UINT32) {
      throw isNot("ints");
    }
    return Arrays.stream(toLongs()).mapToInt(Math::toIntExact).toArray();
  }

  /**
   * All elements; of every type of integers. {@code uint64} keeps its bits: what is 2^63 or more
   * comes out negative, see {@link Long#toUnsignedString(long)}.
   */
  public long[] toLongs() {
    long[] values = new long[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = integer(i);
    }
    return values;
  }

  private long integer(int index) {
    return switch (type) {
      case INT64, UINT64 -> content.getLong(8 * index);
      case INT32, QINT32 -> content.getInt(4 * index);
      case UINT32 -> Integer.toUnsignedLong(content.getInt(4 * index));
      case INT16, QINT16 -> content.getShort(2 * index);
      case UINT16, QUINT16 -> Short.toUnsignedLong(content.getShort(2 * index));
      case INT8, QINT8, INT4 -> content.get(index);
      case UINT8, QUINT8, UINT4 -> Byte.toUnsignedLong(content.get(index));
      default -> throw isNot("integers");
    };
  }

  /** All elements; of {@code bool}. */
  public boolean[] toBooleans() {
    if (type != DataType.BOOL) {
      throw isNot("booleans");
    }
    boolean[] values = new boolean[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = content.get(i) != 0;
    }
    return values;
  }

  /** All elements as text; of {@code string}. What is not UTF-8 gets replacement characters. */
  public String[] toStrings() {
    return strings().stream().map(ByteString::toStringUtf8).toArray(String[]::new);
  }

  /** All elements as bytes; of {@code string}. */
  public List<byte[]> toBytes() {
    return new ArrayList<>(strings().stream().map(ByteString::toByteArray).toList());
  }

  List<ByteString> strings() {
    if (type != DataType.STRING) {
      throw isNot("strings");
    }
    return strings;
  }

  private IllegalStateException isNot(String wanted) {
    return new IllegalStateException("a tensor of " + type.label() + ", expected " + wanted);
  }

  /** The same type, shape and bytes; so a NaN equals itself, and 0.0 is not -0.0. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor tensor
        && type == tensor.type
        && shape.equals(tensor.shape)
        && content.equals(tensor.content)
        && strings.equals(tensor.strings);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + content.hashCode() + strings.hashCode();
  }

  /** Type and shape, such as {@code float [2,3]}. */
  @Override
  public String toString() {
    return type.label() + " " + shape;
  }
}
