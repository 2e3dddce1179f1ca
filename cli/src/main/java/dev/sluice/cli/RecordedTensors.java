package dev.sluice.cli;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import com.google.protobuf.TextFormat;
import dev.sluice.model.ArenaTensors;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.protocol.TensorProtoReader;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** Compares two tensors, one that was logged and one that came, as {@link RecordedAnswers} says. */
final class RecordedTensors implements AutoCloseable {

  private static final TensorBudget BUDGET = new TensorBudget(Integer.MAX_VALUE);
  private static final TensorAllocator TENSORS = new ArenaTensors();

  private final Tensor logged;
  private final Tensor came;

  private RecordedTensors(Tensor logged, Tensor came) {
    this.logged = logged;
    this.came = came;
  }

  /**
   * Decodes both.
   *
   * @throws StatusException INVALID_ARGUMENT if one can't be
   */
  static RecordedTensors of(String output, TensorProto logged, TensorProto came) {
    Tensor before = read(output, logged);
    try {
      return new RecordedTensors(before, read(output, came));
    } catch (Throwable failure) {
      before.close();
      throw failure;
    }
  }

  private static Tensor read(String output, TensorProto proto) {
    byte[] bytes = proto.toByteArray();
    return TensorProtoReader.read(bytes, 0, bytes.length, output, TENSORS, BUDGET);
  }

  /** The first difference; empty if there is none. */
  Optional<RecordedAnswers.Difference> difference() {
    if (logged.dataType() != came.dataType() || !logged.shape().equals(came.shape())) {
      return Optional.of(new RecordedAnswers.Difference("", type(logged), type(came)));
    }
    for (long i = 0; i < logged.shape().elementCount(); i++) {
      if (!agree(i)) {
        return Optional.of(
            new RecordedAnswers.Difference("element " + i, text(logged, i), text(came, i)));
      }
    }
    return Optional.empty();
  }

  private static String type(Tensor tensor) {
    return tensor.dataType().label() + tensor.shape();
  }

  private boolean agree(long index) {
    return switch (logged.dataType()) {
      case STRING -> Arrays.equals(logged.string(index), came.string(index));
      case FLOAT, DOUBLE, HALF, BFLOAT16 ->
          RecordedAnswers.agree(number(logged, index), number(came, index));
      default -> element(logged, index).mismatch(element(came, index)) < 0;
    };
  }

  private static double number(Tensor tensor, long index) {
    MemorySegment element = element(tensor, index);
    return switch (tensor.dataType()) {
      case FLOAT -> element.get(JAVA_FLOAT_UNALIGNED, 0);
      case DOUBLE -> element.get(JAVA_DOUBLE_UNALIGNED, 0);
      case HALF -> Float.float16ToFloat(element.get(JAVA_SHORT_UNALIGNED, 0));
      default -> Float.intBitsToFloat(element.get(JAVA_SHORT_UNALIGNED, 0) << 16);
    };
  }

  private static MemorySegment element(Tensor tensor, long index) {
    long size = tensor.dataType().elementSize();
    return tensor.data().asSlice(index * size, size);
  }

  private static String text(Tensor tensor, long index) {
    return switch (tensor.dataType()) {
      case STRING -> RecordedAnswers.quoted(TextFormat.escapeBytes(tensor.string(index)));
      case FLOAT -> Float.toString((float) number(tensor, index));
      case DOUBLE, HALF, BFLOAT16 -> Double.toString(number(tensor, index));
      case BOOL -> Boolean.toString(element(tensor, index).get(JAVA_BYTE, 0) != 0);
      case INT4, INT8 -> Byte.toString(element(tensor, index).get(JAVA_BYTE, 0));
      case INT16 -> Short.toString(element(tensor, index).get(JAVA_SHORT_UNALIGNED, 0));
      case INT32 -> Integer.toString(element(tensor, index).get(JAVA_INT_UNALIGNED, 0));
      case INT64 -> Long.toString(element(tensor, index).get(JAVA_LONG_UNALIGNED, 0));
      case UINT64 -> Long.toUnsignedString(element(tensor, index).get(JAVA_LONG_UNALIGNED, 0));
      default -> hex(tensor, index);
    };
  }

  /** As it lies in memory, shown as the number that it is. */
  private static String hex(Tensor tensor, long index) {
    byte[] bytes = element(tensor, index).toArray(JAVA_BYTE);
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return "0x" + HexFormat.of().formatHex(reversed);
  }

  @Override
  public void close() {
    logged.close();
    came.close();
  }
}
