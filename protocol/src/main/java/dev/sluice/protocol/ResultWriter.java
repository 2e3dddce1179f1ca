package dev.sluice.protocol;

import dev.sluice.protocol.InferenceResult.Classifications;
import dev.sluice.protocol.InferenceResult.Regressions;
import dev.sluice.status.StatusException;

/**
 * Writes one {@code ClassificationResult} or {@code RegressionResult}. Outer messages have to know
 * the sizes first, so those are counted before anything is written.
 *
 * @param result what is written
 * @param exampleSizes the size of each example's message
 * @param size of the whole
 */
record ResultWriter(InferenceResult result, int[] exampleSizes, long size) {

  /** Both results are a list of one message an example. */
  private static final int EXAMPLE = WireReader.tag(1, WireReader.BYTES);

  private static final int CLASS = WireReader.tag(1, WireReader.BYTES);
  private static final int LABEL = WireReader.tag(1, WireReader.BYTES);
  private static final int SCORE = WireReader.tag(2, WireReader.FIXED32);
  private static final int VALUE = WireReader.tag(1, WireReader.FIXED32);
  private static final int FLOAT_FIELD = 1 + Float.BYTES;

  /**
   * Counts.
   *
   * @throws StatusException INVALID_ARGUMENT if a label is not UTF-8, RESOURCE_EXHAUSTED if the
   *     message would be too large
   */
  static ResultWriter of(InferenceResult result) {
    int[] sizes = new int[TensorProtoWriter.limited(result.examples())];
    long size = 0;
    for (int example = 0; example < sizes.length; example++) {
      sizes[example] = TensorProtoWriter.limited(exampleSize(result, example));
      size += WireWriter.fieldSize(sizes[example]);
    }
    return new ResultWriter(result, sizes, size);
  }

  private static long exampleSize(InferenceResult result, int example) {
    return switch (result) {
      case Classifications classifications -> classesSize(classifications, example);
      case Regressions regressions -> floatSize(regressions.value(example));
    };
  }

  private static long classesSize(Classifications result, int example) {
    long size = 0;
    for (long index = 0; index < result.classes(); index++) {
      byte[] label = result.label(example, index);
      if (!Utf8.isValid(label, 0, label.length)) {
        throw StatusException.invalidArgument(
            "the label of class %d of example %d is not UTF-8, and so has no place in this answer",
            index, example);
      }
      size += WireWriter.fieldSize(classSize(label, result.score(example, index)));
    }
    return size;
  }

  private static long classSize(byte[] label, float score) {
    return (label.length == 0 ? 0 : WireWriter.fieldSize(label.length)) + floatSize(score);
  }

  private static int floatSize(float value) {
    return isAbsent(value) ? 0 : FLOAT_FIELD;
  }

  /** What proto3 does not write; a negative zero is a value like others. */
  private static boolean isAbsent(float value) {
    return Float.floatToRawIntBits(value) == 0;
  }

  void write(WireWriter out) {
    for (int example = 0; example < exampleSizes.length; example++) {
      out.header(EXAMPLE, exampleSizes[example]);
      switch (result) {
        case Classifications classifications -> classes(classifications, example, out);
        case Regressions regressions -> floating(VALUE, regressions.value(example), out);
      }
    }
  }

  private static void classes(Classifications result, int example, WireWriter out) {
    for (long index = 0; index < result.classes(); index++) {
      byte[] label = result.label(example, index);
      float score = result.score(example, index);
      out.header(CLASS, classSize(label, score));
      if (label.length > 0) {
        out.bytes(LABEL, label);
      }
      floating(SCORE, score, out);
    }
  }

  private static void floating(int tag, float value, WireWriter out) {
    if (!isAbsent(value)) {
      out.floating(tag, value);
    }
  }
}
