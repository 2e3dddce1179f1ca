package dev.sluice.server.rest;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Describes what a signature takes, with a body to begin from where one fits on a line. */
final class InputHint {

  /** Samples with more values than this are of no use to a reader. */
  private static final long MOST_VALUES = 32;

  private InputHint() {}

  /** One line: names, types and shapes of the inputs, and mostly a body that passes. */
  static String of(Signature signature) {
    if (signature.inputs().isEmpty()) {
      return "signature " + signature.name() + " takes no inputs, so send {\"inputs\": {}}";
    }
    String inputs =
        signature.inputs().stream().map(InputHint::described).collect(Collectors.joining(", "));
    return "signature " + signature.name() + " takes " + inputs + sample(signature.inputs());
  }

  private static String described(TensorSpec input) {
    return input.name() + ": " + typeName(input) + " of shape " + shape(input.dimensions());
  }

  private static String typeName(TensorSpec input) {
    DataType type = input.dataType();
    return type == null ? "an unknown type" : type.label();
  }

  private static String shape(@Nullable List<Long> dimensions) {
    return dimensions == null
        ? "any rank"
        : dimensions.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
  }

  /** Rows where every input has a first dimension that is open, columns otherwise. */
  private static String sample(List<TensorSpec> inputs) {
    boolean tooLarge = inputs.stream().anyMatch(input -> values(input) > MOST_VALUES);
    boolean unwritable = inputs.stream().anyMatch(input -> value(input) == null);
    if (tooLarge || unwritable) {
      return "";
    }
    boolean rows = inputs.stream().allMatch(InputHint::hasOpenBatch);
    int skipped = rows ? 1 : 0;
    String value =
        inputs.size() == 1
            ? nested(inputs.getFirst(), skipped)
            : inputs.stream()
                .map(input -> '"' + input.name() + "\": " + nested(input, skipped))
                .collect(Collectors.joining(", ", "{", "}"));
    return "; for example "
        + (rows ? "{\"instances\": [" + value + "]}" : "{\"inputs\": " + value + "}");
  }

  /** The declared sizes; none where even the rank is open, for which a scalar will do. */
  private static List<Long> sizes(TensorSpec input) {
    List<Long> dimensions = input.dimensions();
    return dimensions == null ? List.of() : dimensions;
  }

  private static boolean hasOpenBatch(TensorSpec input) {
    List<Long> sizes = sizes(input);
    return !sizes.isEmpty() && sizes.getFirst() == -1;
  }

  private static long values(TensorSpec input) {
    long count = 1;
    for (long size : sizes(input)) {
      count = Math.min(MOST_VALUES + 1, count * Math.clamp(size, 1, MOST_VALUES + 1));
    }
    return count;
  }

  /** A value of the input's shape, where -1 is taken for 1. */
  private static String nested(TensorSpec input, int skipped) {
    List<Long> sizes = sizes(input);
    String text = String.valueOf(value(input));
    for (long size : sizes.subList(Math.min(skipped, sizes.size()), sizes.size()).reversed()) {
      text = "[" + (text + ", ").repeat((int) Math.max(1, size) - 1) + text + "]";
    }
    return text;
  }

  private static @Nullable String value(TensorSpec input) {
    return switch (input.dataType()) {
      case FLOAT, DOUBLE, HALF, BFLOAT16 -> "1.0";
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> "1";
      case BOOL -> "true";
      case STRING -> "\"text\"";
      case null, default -> null;
    };
  }
}
