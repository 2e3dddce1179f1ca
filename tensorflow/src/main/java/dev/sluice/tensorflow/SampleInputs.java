package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.NameAttrList;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Inputs that a signature might take, made up from the types and shapes that it declares. No two
 * rows are the same, as far as the type has enough values; the same every time.
 *
 * <p>Floats are around 0, in some rows small and in others large, whole numbers 0 and 1, which most
 * tables of embeddings have. Strings are words, examples that the graph can parse, or images.
 */
final class SampleInputs {

  /** What a dimension that is not declared might be, beside the first. */
  private static final int[] OPEN_SIZES = {4, 1, 32, 224};

  /** Of the floats of a row. They differ so that it shows where one row decides for all. */
  private static final float[] LARGEST = {2, 0.5f, 8};

  private static final long MOST_BYTES = 16 << 20;

  private static final Set<String> IMAGE_DECODERS =
      Set.of("DecodeImage", "DecodeJpeg", "DecodePng", "DecodeAndCropJpeg");

  private final Signature signature;
  private final int open;
  private final @Nullable Function<Random, byte[]> text;

  private SampleInputs(Signature signature, int open, @Nullable Function<Random, byte[]> text) {
    this.signature = signature;
    this.open = open;
    this.text = text;
  }

  /**
   * Ways to make inputs, the likeliest first.
   *
   * @param flat the signature's graph, which may tell what is in a string
   */
  static List<SampleInputs> of(Signature signature, FlatGraph flat) {
    List<@Nullable Function<Random, byte[]>> texts = new ArrayList<>();
    if (signature.inputs().stream().anyMatch(input -> input.dataType() == DataType.STRING)) {
      SampleExample example = SampleExample.of(flat);
      if (example != null) {
        texts.add(example::make);
      }
      // A wrong guess costs a run, and the first run of all is the expensive one.
      if (decodesImages(flat, new HashSet<>())) {
        texts.add(SampleImage::make);
      }
      texts.add(null);
    } else {
      texts.add(null);
    }
    List<SampleInputs> ways = new ArrayList<>();
    for (@Nullable Function<Random, byte[]> text : texts) {
      for (int size : hasOpenSizes(signature) ? OPEN_SIZES : new int[] {1}) {
        ways.add(new SampleInputs(signature, size, text));
      }
    }
    ways.removeIf(way -> way.bytes() > MOST_BYTES || way.bytes() < 0);
    return ways;
  }

  /**
   * The same ways, valid when the model's definition is gone. Sizes that are open are 1 in the
   * first of them.
   */
  static List<SampleInputs> lasting(Signature signature, FlatGraph flat) {
    return of(signature, flat).stream()
        .sorted(Comparator.comparingInt(way -> way.open))
        .map(SampleInputs::lasting)
        .toList();
  }

  private SampleInputs lasting() {
    Function<Random, byte[]> maker = text;
    if (maker == null) {
      return this;
    }
    byte[] made = maker.apply(new Random(1));
    return new SampleInputs(signature, open, _ -> made);
  }

  private static boolean decodesImages(FlatGraph flat, Set<String> seen) {
    for (Node node : flat.nodes()) {
      if (IMAGE_DECODERS.contains(node.op())) {
        return true;
      }
      for (NameAttrList function : node.functions()) {
        if (seen.add(function.getName()) && decodesImages(flat.body(function), seen)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasOpenSizes(Signature signature) {
    return signature.inputs().stream()
        .map(TensorSpec::dimensions)
        .anyMatch(sizes -> sizes != null && sizes.lastIndexOf(-1L) > 0);
  }

  /** How much a row takes; -1 if there is an input that can't be made. */
  private long bytes() {
    long bytes = 0;
    for (TensorSpec input : signature.inputs()) {
      DataType type = input.dataType();
      if (type == null || !(type.hasFixedSize() || type == DataType.STRING)) {
        return -1;
      }
      bytes += shape(input, 1).elementCount() * Math.max(8, type.elementSize());
    }
    return bytes;
  }

  /**
   * Makes one of the inputs' sets.
   *
   * @param rows the size of the first dimension where it is open
   * @return in the order of the signature's inputs; the caller closes each
   */
  List<Tensor> make(int rows) {
    Random random = new Random(rows);
    return signature.inputs().stream()
        .map(input -> tensor(input.dataType(), shape(input, rows), random))
        .toList();
  }

  private Shape shape(TensorSpec input, int rows) {
    List<Long> declared = input.dimensions();
    if (declared == null) {
      return Shape.of(rows);
    }
    long[] sizes = new long[declared.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = declared.get(i) >= 0 ? declared.get(i) : i == 0 ? rows : open;
    }
    return Shape.of(sizes);
  }

  private Tensor tensor(@Nullable DataType type, Shape shape, Random random) {
    if (type == null || type == DataType.STRING) {
      byte[][] strings = new byte[Math.toIntExact(shape.elementCount())][];
      for (int i = 0; i < strings.length; i++) {
        strings[i] =
            text == null ? ("word" + random.nextInt(1000)).getBytes(UTF_8) : text.apply(random);
      }
      return new StringTensor(shape, strings);
    }
    Tensor tensor = TensorFlowTensor.allocate(type, shape);
    long numbers = tensor.data().byteSize() / number(type);
    long rows = shape.rank() == 0 ? 1 : shape.dimension(0);
    for (long i = 0; i < numbers; i++) {
      long row = i * rows / numbers;
      set(type, tensor.data(), i, LARGEST[(int) row % LARGEST.length], random);
    }
    return tensor;
  }

  /** Bytes of a part of an element: complex numbers have two. */
  private static int number(DataType type) {
    return type == DataType.COMPLEX64 || type == DataType.COMPLEX128
        ? type.elementSize() / 2
        : type.elementSize();
  }

  private static void set(
      DataType type, MemorySegment data, long index, float largest, Random random) {
    float fraction = (random.nextFloat() * 2 - 1) * largest;
    switch (type) {
      case FLOAT, COMPLEX64 -> data.setAtIndex(JAVA_FLOAT, index, fraction);
      case DOUBLE, COMPLEX128 -> data.setAtIndex(JAVA_DOUBLE, index, fraction);
      case HALF -> data.setAtIndex(JAVA_SHORT, index, Float.floatToFloat16(fraction));
      case BFLOAT16 ->
          data.setAtIndex(JAVA_SHORT, index, (short) (Float.floatToIntBits(fraction) >>> 16));
      default -> whole(data, index, type.elementSize(), random.nextInt(2));
    }
  }

  private static void whole(MemorySegment data, long index, int size, int value) {
    switch (size) {
      case 1 -> data.set(JAVA_BYTE, index, (byte) value);
      case 2 -> data.setAtIndex(JAVA_SHORT, index, (short) value);
      case 4 -> data.setAtIndex(JAVA_INT, index, value);
      default -> data.setAtIndex(JAVA_LONG, index, value);
    }
  }
}
