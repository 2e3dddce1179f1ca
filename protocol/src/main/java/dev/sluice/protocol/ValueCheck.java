package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.status.StatusException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Checks one value by itself, in the order in which the reference does, and says what is wrong with
 * it. Slow and only for values that did not fit: the shape is inferred anew from the value's own
 * first elements, and every list's length is known before its elements are looked at, since a wrong
 * length is reported first.
 */
final class ValueCheck {

  private final JsonCursor in;
  private final @Nullable DataType type;
  private final String shapeSuffix;
  private final int[] listSizes;
  private final int[] shape;
  private int lists;
  private long elements;

  /**
   * A check of the value that begins at this position.
   *
   * @param shapeSuffix what to append to complaints about the shape
   */
  ValueCheck(byte[] bytes, int start, @Nullable DataType type, String shapeSuffix) {
    this.in = new JsonCursor(bytes, start);
    this.type = type;
    this.shapeSuffix = shapeSuffix;
    this.listSizes = listSizes(new JsonCursor(bytes, start));
    this.shape = ownShape(new JsonCursor(bytes, start), listSizes);
  }

  /** The position behind a value that was found to be sound. */
  int end() {
    return in.at;
  }

  /** Sizes of the lists met down the first elements. */
  int[] shape() {
    return shape;
  }

  /** How many elements a sound value has. */
  long elements() {
    return elements;
  }

  /** The lengths of all lists, in the order in which they begin. */
  private static int[] listSizes(JsonCursor in) {
    int[] sizes = new int[8];
    int count = 0;
    int[] open = new int[8];
    int depth = 0;
    do {
      if (in.take('[')) {
        if (count == sizes.length) {
          sizes = Arrays.copyOf(sizes, count * 2);
        }
        if (depth == open.length) {
          open = Arrays.copyOf(open, depth * 2);
        }
        sizes[count] = in.peek() == ']' ? 0 : 1;
        open[depth++] = count++;
      } else if (in.take(']')) {
        depth--;
      } else if (in.take(',')) {
        sizes[open[depth - 1]]++;
      } else {
        in.skipValue();
      }
    } while (depth > 0);
    return Arrays.copyOf(sizes, count);
  }

  private static int[] ownShape(JsonCursor in, int[] listSizes) {
    int rank = 0;
    while (in.take('[')) {
      rank++;
    }
    return Arrays.copyOf(listSizes, rank);
  }

  /**
   * Walks the value.
   *
   * @throws StatusException with the text for the first mismatch
   */
  void run() {
    int[] left = new int[shape.length];
    int open = 0;
    do {
      if (in.peek() != '[') {
        element(open);
        open = afterValue(left, open);
      } else {
        int size = list(open);
        if (size > 0) {
          left[open++] = size;
        } else {
          in.take(']');
          open = afterValue(left, open);
        }
      }
    } while (open > 0);
  }

  private int list(int level) {
    int size = listSizes[lists++];
    if (level >= shape.length) {
      throw StatusException.invalidArgument(
          "Encountered list at unexpected level: %d expected < %d%s",
          level, shape.length, shapeSuffix);
    }
    if (size != shape[level]) {
      throw StatusException.invalidArgument(
          "Encountered list at unexpected size: %d at level: %d expected size: %d%s",
          size, level, shape[level], shapeSuffix);
    }
    in.take('[');
    return size;
  }

  /** Ends the lists that end here; how many are then open, with another value to come. */
  private int afterValue(int[] left, int open) {
    for (int level = open - 1; level >= 0; level--) {
      if (--left[level] > 0) {
        in.take(',');
        return level + 1;
      }
      in.take(']');
    }
    return 0;
  }

  private void element(int level) {
    int start = in.at;
    if (level != shape.length) {
      throw StatusException.invalidArgument(
          "JSON Value: %s found at incorrect level: %d in the JSON DOM. Expected at level: %d"
              + " (a single value where a list of %d is expected)%s",
          JsonEcho.of(in.bytes, start), level + 1, shape.length, shape[level], shapeSuffix);
    }
    if (!in.readElement(type)) {
      throw conversionError(in.bytes, start, type);
    }
    elements++;
  }

  /** Why the value that begins there is no element of this type. */
  static StatusException conversionError(byte[] bytes, int start, @Nullable DataType type) {
    boolean object = bytes[start] == '{';
    if (object && type == DataType.STRING) {
      return new JsonCursor(bytes, start).isBase64Object()
          ? StatusException.invalidArgument("Unable to base64 decode")
          : StatusException.invalidArgument(
              "JSON Value: %s not formatted correctly for base64 data", JsonEcho.of(bytes, start));
    }
    String label = type == null ? "INVALID" : type.label();
    if (!object && !JsonCursor.holds(type)) {
      return StatusException.unimplemented(
          "Conversion of JSON Value: %s to type: %s", JsonEcho.of(bytes, start), label);
    }
    return StatusException.invalidArgument(
        "JSON Value: %s Type: %s is not of expected type: %s",
        JsonEcho.of(bytes, start), JsonCursor.typeName(bytes[start]), label);
  }
}
