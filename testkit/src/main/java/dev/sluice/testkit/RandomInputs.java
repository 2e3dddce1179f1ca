package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random valid inputs for the signatures of {@link Models#COUPLED}, {@link Models#ROW_WISE} and the
 * models named {@code TANGLED}.
 *
 * <p>The first dimension has as many elements as rows were asked for, wherever a signature leaves
 * it open; any other open dimension has {@value #OPEN}. Floats are spread around 0 with a deviation
 * of 1.5, integers lie in 0 to 19, strings are words of which models know some. An input named
 * {@code examples} gets serialised {@code tf.Example}s with {@code x} (three floats) and, in one of
 * two, {@code word} and {@code n}; one named {@code image_bytes} gets BMPs of up to {@value
 * #PIXELS} by as many pixels.
 *
 * <p>No shared state of its own; the same seed gives the same inputs.
 */
public final class RandomInputs {

  /** The size of an open dimension after the first. */
  public static final int OPEN = 4;

  /** The most pixels of an image along either side. */
  public static final int PIXELS = 5;

  private static final List<String> WORDS =
      List.of("red", "Green ", "blue", "apple", "pear", "straße", "水", "", "two words", "Other-7");

  private final TensorAllocator allocator;
  private final RandomGenerator random;

  /**
   * @param allocator makes the tensors of numbers; {@code Model.tensors()} saves the engine a copy
   */
  public RandomInputs(TensorAllocator allocator, RandomGenerator random) {
    this.allocator = allocator;
    this.random = random;
  }

  /**
   * One request.
   *
   * @param rows at least 0
   * @return one tensor for each input, in the order of {@link Signature#inputs()}; the caller
   *     closes them
   */
  public List<Tensor> of(Signature signature, int rows) {
    return signature.inputs().stream().map(spec -> tensor(spec, rows)).toList();
  }

  private Tensor tensor(TensorSpec spec, int rows) {
    Shape shape = shape(spec, rows);
    DataType type = spec.dataType();
    if (type == null) {
      throw new IllegalArgumentException("input " + spec.name() + " has no type");
    }
    if (type == DataType.STRING) {
      return strings(shape, spec.name());
    }
    Tensor tensor = allocator.allocate(type, shape);
    for (long i = 0; i < shape.elementCount(); i++) {
      write(tensor.data(), type, i);
    }
    return tensor;
  }

  private static Shape shape(TensorSpec spec, int rows) {
    List<Long> declared = spec.dimensions() == null ? List.of(-1L, -1L) : spec.dimensions();
    long[] sizes = new long[declared.size()];
    for (int i = 0; i < sizes.length; i++) {
      long open = i == 0 ? rows : OPEN;
      sizes[i] = declared.get(i) < 0 ? open : declared.get(i);
    }
    return Shape.of(sizes);
  }

  private void write(MemorySegment data, DataType type, long index) {
    switch (type) {
      case FLOAT ->
          data.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) random.nextGaussian(0, 1.5));
      case DOUBLE -> data.setAtIndex(ValueLayout.JAVA_DOUBLE, index, random.nextGaussian(0, 1.5));
      case INT32 -> data.setAtIndex(ValueLayout.JAVA_INT, index, random.nextInt(20));
      case INT64 -> data.setAtIndex(ValueLayout.JAVA_LONG, index, random.nextInt(20));
      case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) random.nextInt(2));
      default -> throw new IllegalArgumentException("no random values of type " + type.label());
    }
  }

  private Tensor strings(Shape shape, String name) {
    byte[][] elements = new byte[Math.toIntExact(shape.elementCount())][];
    for (int i = 0; i < elements.length; i++) {
      elements[i] =
          switch (name) {
            case "examples" -> example();
            case "image_bytes" -> image();
            default -> word();
          };
    }
    return new StringTensor(shape, elements);
  }

  private byte[] word() {
    return WORDS.get(random.nextInt(WORDS.size())).getBytes(UTF_8);
  }

  /** Two headers, and the lines from below, each filled up to four bytes. */
  private byte[] image() {
    int width = 1 + random.nextInt(PIXELS);
    int height = 1 + random.nextInt(PIXELS);
    byte[] lines = new byte[(3 * width + 3) / 4 * 4 * height];
    random.nextBytes(lines);
    ByteBuffer file = ByteBuffer.allocate(54 + lines.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x42).put((byte) 0x4d).putInt(file.capacity()).putInt(0).putInt(54);
    file.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
    file.putInt(0).putInt(lines.length).position(54);
    return file.put(lines).array();
  }

  /** By hand, since this module has no protobuf: field 1 of an Example is its Features. */
  private byte[] example() {
    ByteBuffer floats = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 3; i++) {
      floats.putFloat((float) random.nextGaussian());
    }
    byte[] features = feature("x", field(2, field(1, floats.array())));
    if (random.nextBoolean()) {
      byte[] number = {1 << 3, (byte) random.nextInt(100)};
      features =
          joined(
              features,
              feature("word", field(1, field(1, word()))),
              feature("n", field(3, number)));
    }
    return field(1, features);
  }

  /** An entry of the map of features, whose value is a Feature. */
  private static byte[] feature(String name, byte[] value) {
    return field(1, joined(field(1, name.getBytes(UTF_8)), field(2, value)));
  }

  private static byte[] field(int number, byte[] content) {
    byte[] head = {(byte) (number << 3 | 2), (byte) content.length};
    if (content.length > Byte.MAX_VALUE) {
      throw new IllegalArgumentException("too long for a length of one byte: " + content.length);
    }
    return joined(head, content);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
