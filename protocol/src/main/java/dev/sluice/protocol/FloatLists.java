package dev.sluice.protocol;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value that is nothing but even lists of numbers, which the first pass has read as floats
 * already. Not thread-safe.
 *
 * <p>Most bytes of most large bodies are such lists, and for a float input. To find where a number
 * ends takes a CPU longer than the arithmetic on its digits, as the next number can't be looked at
 * before. So while the first pass has the digits at hand it makes a float of them, in the hope that
 * floats are wanted, and the second pass copies these instead of walking over the bytes again. The
 * signature is not known yet, and need not be: if another type is wanted, or the lists turn out to
 * be uneven or to hold something else, the floats are dropped and the two passes go their usual
 * way. So this reader says nothing but no to what it does not take. The one exception is a number
 * that breaks the grammar, since all before it was sound: that is the error which the scan would
 * find too.
 *
 * <p>Floats are kept in chunks, four bytes for two or more of the body.
 */
final class FloatLists {

  private static final int MAX_RANK = 16;
  private static final int CHUNK = 4096;
  private static final int BYTES_PER_NUMBER = 6;

  /** Behind the first eight digits of a fraction so many bytes are looked at without care. */
  private static final int LOOK_AHEAD = 2 * Long.BYTES;

  /** With eight more digits it still fits 64 bits. */
  private static final long MOST_FOR_16 = 100_000_000_000L;

  private static final int ABSENT = -1;
  private static final int ALL_READ = -2;

  private final byte[] bytes;
  private final int lastLong;
  private final int end;
  private final NumberSyntax syntax;
  private @Nullable JsonNumber number;

  private final int start;
  private int behind;
  private int rank;
  private int[] sizes = {};

  private List<float[]> full = List.of();
  private float[] chunk = {};
  private int filled;

  private FloatLists(byte[] bytes, NumberSyntax syntax, int start) {
    this.end = syntax.end();
    this.bytes = bytes;
    this.lastLong = end - LOOK_AHEAD;
    this.syntax = syntax;
    this.start = start;
  }

  /**
   * Reads the list that begins here.
   *
   * @return null if it is not plain
   */
  static @Nullable FloatLists read(byte[] bytes, NumberSyntax syntax, int start) {
    FloatLists lists = new FloatLists(bytes, syntax, start);
    return lists.read() ? lists : null;
  }

  /** Where the value begins. */
  int start() {
    return start;
  }

  /** The position behind the value. */
  int behind() {
    return behind;
  }

  /** The sizes of the lists, outermost first; all &gt; 0. For one taker, who may change them. */
  int[] sizes() {
    return sizes;
  }

  /**
   * Copies all floats to the beginning of a tensor's buffer.
   *
   * @return how many
   */
  long copyTo(MemorySegment data) {
    long offset = 0;
    for (float[] each : full) {
      MemorySegment.copy(each, 0, data, Elements.FLOAT, offset, each.length);
      offset += (long) each.length * Float.BYTES;
    }
    MemorySegment.copy(chunk, 0, data, Elements.FLOAT, offset, filled);
    return offset / Float.BYTES + filled;
  }

  private byte at(int position) {
    return position < end ? bytes[position] : 0;
  }

  private int token(int from) {
    int at = from;
    while (at < end && bytes[at] <= ' ' && JsonScanner.isWhitespace(bytes[at])) {
      at++;
    }
    return at;
  }

  // Lists.

  private boolean read() {
    int at = start;
    while (at(at) == '[') {
      rank++;
      at = token(at + 1);
    }
    if (rank > MAX_RANK || !NumberSyntax.begins(at(at))) {
      return false;
    }
    chunk = new float[Math.min(CHUNK, (end - start) / BYTES_PER_NUMBER + 1)];
    sizes = new int[rank];
    int[] counts = new int[rank];
    while (at >= 0) {
      int last = innermost(at, counts);
      at = last == ABSENT ? ABSENT : afterLists(last, counts);
    }
    return at == ALL_READ;
  }

  /** Ends the lists that end here; where the next number begins, if one does. */
  private int afterLists(int last, int[] counts) {
    int at = last;
    int level = rank - 2;
    while (level >= 0 && at(at) == ']') {
      if (!hasSize(level, counts[level])) {
        return ABSENT;
      }
      counts[level] = 0;
      at++;
      level--;
      if (level >= 0) {
        counts[level]++;
        at = token(at);
      }
    }
    if (level < 0) {
      behind = at;
      return ALL_READ;
    }
    return nextLists(at, rank - 1 - level);
  }

  /** The first list of a level says how long those beside it are to be. */
  private boolean hasSize(int level, int size) {
    if (sizes[level] == 0) {
      sizes[level] = size;
    }
    return sizes[level] == size;
  }

  /** Where the first number lies behind a comma and so many brackets. */
  private int nextLists(int comma, int brackets) {
    if (at(comma) != ',') {
      return ABSENT;
    }
    int at = token(comma + 1);
    for (int i = 0; i < brackets; i++) {
      if (at(at) != '[') {
        return ABSENT;
      }
      at = token(at + 1);
    }
    return NumberSyntax.begins(at(at)) ? at : ABSENT;
  }

  /**
   * Reads innermost lists that lie beside each other, from the first number on.
   *
   * @return the position of what ends the list that holds them, or behind the only one
   */
  private int innermost(int first, int[] counts) {
    int at = first;
    int count = 0;
    int last;
    do {
      last = list(at);
      if (last == ABSENT || rank == 1) {
        return last;
      }
      count++;
      last = token(last);
      at = at(last) == ',' ? nextLists(last, 1) : ABSENT;
    } while (at != ABSENT);
    counts[rank - 2] = count;
    return last;
  }

  /** Reads one innermost list from its first number on; the position behind it. */
  private int list(int first) {
    int count = 0;
    int next = first;
    int last;
    do {
      last = token(number(next));
      count++;
      next = at(last) == ',' ? token(last + 1) : ABSENT;
    } while (next != ABSENT && NumberSyntax.begins(at(next)));
    return at(last) == ']' && hasSize(rank - 1, count) ? last + 1 : ABSENT;
  }

  // Numbers. What is neither short, nor a fraction of one, nor has a few digits before the point
  // and
  // up to 23 behind it, is odd.

  /** Reads a number; the position behind it. */
  private int number(int start) {
    int from = bytes[start] == '-' ? start + 1 : start;
    byte first = at(from);
    if (first == '0' && at(from + 1) == '.') {
      return fraction(start, 0, from + 2);
    }
    long eight = EightBytes.at(bytes, from, end);
    long others = EightBytes.others(eight);
    long later = others & (others - 1);
    if (later != 0) {
      return shortNumber(start, from, eight);
    }
    int count = EightBytes.index(others);
    if (count == 0 || count == Long.BYTES || first == '0') {
      return odd(start);
    }
    long digits = EightBytes.digits(eight, count);
    return EightBytes.byteAt(eight, count) == '.'
        ? fraction(start, digits, from + count + 1)
        : odd(start);
  }

  /**
   * A number that ends within eight bytes. The point may be anywhere, or missing, which no CPU can
   * foretell: so it is taken out, and the digits move together.
   */
  private int shortNumber(int start, int from, long eight) {
    long others = EightBytes.others(eight);
    int point = EightBytes.index(others);
    boolean whole = EightBytes.byteAt(eight, point) != '.';
    int last = whole ? point : EightBytes.index(others & (others - 1));
    int fraction = whole ? 0 : last - point - 1;
    byte first = (byte) eight;
    boolean plain =
        point > 0
            && (whole || fraction > 0)
            && (first != '0' || (last == 1 && from == start)) // A zero of one byte, no minus.
            && (EightBytes.byteAt(eight, last) | 0x20) != 'e';
    if (!plain) {
      return odd(start);
    }
    long before = (1L << (point * Byte.SIZE)) - 1;
    long joined = (eight & before) | ((eight >>> Byte.SIZE) & ~before);
    long digits = EightBytes.digits(joined, whole ? last : last - 1);
    return add(start, from + last, Decimals.toFloat(digits, -fraction));
  }

  private int fraction(int start, long whole, int from) {
    long eight = EightBytes.at(bytes, from, end);
    int count = EightBytes.leadingDigits(eight);
    if (count == Long.BYTES) {
      return longFraction(start, whole * 100_000_000 + EightBytes.digits(eight), from + Long.BYTES);
    }
    int next = EightBytes.byteAt(eight, count);
    if (count == 0 || (next | 0x20) == 'e') {
      return odd(start);
    }
    long digits = whole * EightBytes.powerOfTen(count) + EightBytes.digits(eight, count);
    return add(start, from + count, Decimals.toFloat(digits, -count));
  }

  /**
   * A number with eight digits behind the point, and perhaps more from here on. The 17th says only
   * which of two numbers it lies between, and those behind it hardly anything.
   */
  private int longFraction(int start, long eightDigits, int from) {
    if (from > lastLong || eightDigits >= MOST_FOR_16) {
      return odd(start);
    }
    int at = from;
    long eight = EightBytes.within(bytes, at);
    int count = EightBytes.leadingDigits(eight);
    float size;
    if (count < Long.BYTES) {
      long digits = eightDigits * EightBytes.powerOfTen(count) + EightBytes.digits(eight, count);
      size = Decimals.toFloat(digits, -Long.BYTES - count);
    } else {
      size = Decimals.cutToFloat(eightDigits * 100_000_000 + EightBytes.digits(eight), -16);
      at += Long.BYTES;
      eight = EightBytes.within(bytes, at);
      count = EightBytes.leadingDigits(eight);
    }
    int next = EightBytes.byteAt(eight, count);
    boolean plain = count < Long.BYTES && (next | 0x20) != 'e';
    return plain ? add(start, at + count, size) : odd(start);
  }

  private int odd(int start) {
    int last = syntax.end(start);
    if (NumberSyntax.isDigit(at(last))) {
      return last; // A zero that leads: the number ends here, and nothing fits behind it.
    }
    if (number == null) {
      number = new JsonNumber(bytes);
    }
    append(number.readFloat(start));
    return last;
  }

  private int add(int start, int last, float size) {
    if (Float.isNaN(size)) {
      return odd(start);
    }
    append(bytes[start] == '-' ? -size : size);
    return last;
  }

  private void append(float value) {
    if (filled == chunk.length) {
      if (full.isEmpty()) {
        full = new ArrayList<>();
      }
      full.add(chunk);
      chunk = new float[CHUNK];
      filled = 0;
    }
    chunk[filled++] = value;
  }
}
