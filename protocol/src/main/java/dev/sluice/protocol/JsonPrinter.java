package dev.sluice.protocol;

import dev.sluice.status.StatusException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Prints JSON in the layout that clients of the reference see: four spaces per open container, one
 * line per member, and per element too unless lists are kept on one line. Bytes that are not ASCII
 * go out as they are. Grows as needed; not thread-safe.
 */
final class JsonPrinter {

  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };
  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final int INDENT = 4;
  private static final int SEPARATOR_LENGTH = 2;
  private static final int FLOATS_AT_ONCE = 64;

  private final FloatText floatText = new FloatText();
  private byte[] out;
  private int size;
  private boolean singleLineLists;

  // Per open container: whether it is a list, and how many keys and values it holds.
  private boolean[] lists = new boolean[8];
  private long[] counts = new long[8];
  private int depth;

  JsonPrinter(int expectedBytes) {
    this.out = new byte[Math.max(expectedBytes, 64)];
  }

  /** How many bytes are printed. */
  int size() {
    return size;
  }

  /** A copy of what is printed. */
  byte[] toBytes() {
    return Arrays.copyOf(out, size);
  }

  /** From now on lists stay on one line, or do so no more. */
  void singleLineLists(boolean single) {
    singleLineLists = single;
  }

  void beginObject() {
    separate();
    put('{');
    open(false);
  }

  void beginList() {
    separate();
    put('[');
    open(true);
  }

  private void open(boolean list) {
    if (depth == counts.length) {
      lists = Arrays.copyOf(lists, depth * 2);
      counts = Arrays.copyOf(counts, depth * 2);
    }
    lists[depth] = list;
    counts[depth] = 0;
    depth++;
  }

  void endObject() {
    depth--;
    if (counts[depth] > 0) {
      newLine();
    }
    put('}');
  }

  void endList() {
    depth--;
    if (counts[depth] > 0 && !singleLineLists) {
      newLine();
    }
    put(']');
  }

  /** Writes what stands between the last token and the next. */
  void separate() {
    if (depth == 0) {
      return;
    }
    long before = counts[depth - 1]++;
    if (lists[depth - 1]) {
      beforeElement(before);
    } else if ((before & 1) == 0) {
      if (before > 0) {
        put(',');
      }
      newLine();
    } else {
      put(':');
      put(' ');
    }
  }

  private void beforeElement(long before) {
    if (singleLineLists) {
      if (before > 0) {
        reserve(SEPARATOR_LENGTH);
        out[size] = ',';
        out[size + 1] = ' ';
        size += SEPARATOR_LENGTH;
      }
      return;
    }
    if (before > 0) {
      put(',');
    }
    newLine();
  }

  private void newLine() {
    int width = depth * INDENT;
    reserve(width + 1);
    out[size++] = '\n';
    Arrays.fill(out, size, size + width, (byte) ' ');
    size += width;
  }

  /** A key or a string value: any bytes; quotation mark, backslash and controls are escaped. */
  void string(byte[] text) {
    separate();
    put('"');
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      byte next = text[i];
      if ((next & 0xFF) < 0x20 || next == '"' || next == '\\') {
        append(text, from, i);
        escape(next);
        from = i + 1;
      }
    }
    append(text, from, text.length);
    put('"');
  }

  private void escape(byte next) {
    put('\\');
    switch (next) {
      case '\b' -> put('b');
      case '\f' -> put('f');
      case '\n' -> put('n');
      case '\r' -> put('r');
      case '\t' -> put('t');
      case '"', '\\' -> put((char) next);
      default -> append(new byte[] {'u', '0', '0', HEX[next >> 4], HEX[next & 0xF]});
    }
  }

  /** The object that stands for bytes. */
  void base64(byte[] bytes) {
    beginObject();
    string(new byte[] {'b', '6', '4'});
    string(Base64.getEncoder().encode(bytes));
    endObject();
  }

  /** A token that is written as it stands. */
  void token(byte[] text) {
    separate();
    append(text);
  }

  void bool(boolean value) {
    token(value ? TRUE : FALSE);
  }

  void number(float value) {
    separate();
    reserve(FloatText.MAX_LENGTH);
    size = floatText.write(value, out, size);
  }

  void number(double value) {
    separate();
    reserve(FloatText.MAX_LENGTH);
    size = floatText.write(value, out, size);
  }

  /** A whole list of floats; at least one. */
  void floatList(float[] values, int from, int count) {
    if (!singleLineLists) {
      beginList();
      for (int i = from; i < from + count; i++) {
        number(values[i]);
      }
      endList();
      return;
    }
    separate();
    put('[');
    for (int done = 0; done < count; done += FLOATS_AT_ONCE) {
      floatsOnLine(values, from + done, Math.min(count - done, FLOATS_AT_ONCE));
    }
    size -= SEPARATOR_LENGTH;
    put(']');
  }

  /** So many elements, and behind each what separates it from the next. */
  private void floatsOnLine(float[] values, int from, int count) {
    reserve(count * (FloatText.MAX_LENGTH + SEPARATOR_LENGTH));
    byte[] text = out;
    int at = size;
    for (int i = from; i < from + count; i++) {
      at = floatText.write(values[i], text, at);
      text[at] = ',';
      text[at + 1] = ' ';
      at += SEPARATOR_LENGTH;
    }
    size = at;
  }

  void number(long value) {
    separate();
    if (value < 0) {
      put('-');
    }
    digits(value < 0 ? -value : value);
  }

  void unsigned(long value) {
    separate();
    digits(value);
  }

  private void digits(long unsigned) {
    reserve(20);
    int length = 1;
    for (long rest = Long.divideUnsigned(unsigned, 10); rest != 0; rest /= 10) {
      length++;
    }
    long rest = unsigned;
    for (int at = size + length - 1; at >= size; at--) {
      long next = Long.divideUnsigned(rest, 10);
      out[at] = (byte) ('0' + (rest - next * 10));
      rest = next;
    }
    size += length;
  }

  private void put(char next) {
    reserve(1);
    out[size++] = (byte) next;
  }

  private void append(byte[] text) {
    append(text, 0, text.length);
  }

  private void append(byte[] text, int from, int to) {
    reserve(to - from);
    System.arraycopy(text, from, out, size, to - from);
    size += to - from;
  }

  private void reserve(int bytes) {
    if (bytes > out.length - size) {
      grow(bytes);
    }
  }

  private void grow(int bytes) {
    long needed = (long) size + bytes;
    if (needed > LARGEST_ARRAY) {
      throw StatusException.resourceExhausted(
          "JSON answer of more than %d bytes, the most that one may have", LARGEST_ARRAY);
    }
    out = Arrays.copyOf(out, (int) Math.min(LARGEST_ARRAY, Math.max(needed, 2L * out.length)));
  }
}
