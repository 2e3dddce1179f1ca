package dev.sluice.protocol;

import dev.sluice.status.StatusException;
import java.util.Arrays;

/**
 * The first pass: checks that a body is JSON of the accepted dialect, up to the end of its root
 * value, and tells an {@link Outline} where things lie. What follows the root is ignored.
 *
 * <p>There is no recursion: one bit per open container says whether it is an object or a list, so
 * nesting costs an eighth of the bytes that write it. Positions travel as arguments and results,
 * and whatever no value can begin with is reported where it stands, by the rules of RapidJSON,
 * whose texts clients know. A position behind the end reads as the byte 0, which fits nowhere.
 */
final class JsonScanner {

  private static final int BITS = 6;
  private static final int ABSENT = -1;

  private final byte[] bytes;
  private final int end;
  private final Outline outline;
  private final NumberSyntax tokens;
  private long[] objects = new long[1];
  private int depth;
  private boolean valueDue = true;
  private int behind;

  JsonScanner(byte[] bytes, int end, Outline outline) {
    this.bytes = bytes;
    this.end = end;
    this.outline = outline;
    this.tokens = new NumberSyntax(bytes, end);
  }

  /**
   * Checks the document.
   *
   * @return the position of the root value
   * @throws StatusException INVALID_ARGUMENT with reason and offset
   */
  int scan() {
    if (end == 0) {
      throw StatusException.invalidArgument("JSON Parse error: The document is empty");
    }
    int root = whitespace(afterByteOrderMark());
    if (root == end) {
      throw error("The document is empty.", root);
    }
    int at = value(root);
    while (depth > 0) {
      at = valueDue ? value(whitespace(at)) : afterValue(whitespace(at));
    }
    behind = at;
    return root;
  }

  /** The position behind the root value, once it is checked. What follows may be anything. */
  int behind() {
    return behind;
  }

  private int afterByteOrderMark() {
    boolean mark =
        end >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
    return mark ? 3 : 0;
  }

  private int whitespace(int from) {
    int at = from;
    while (at < end && bytes[at] <= ' ' && isWhitespace(bytes[at])) {
      at++;
    }
    return at;
  }

  static boolean isWhitespace(byte next) {
    return next == ' ' || next == '\n' || next == '\t' || next == '\r';
  }

  private byte at(int position) {
    return position < end ? bytes[position] : 0;
  }

  private int value(int at) {
    byte first = at(at);
    valueDue = false;
    if (outline.isTracing()) {
      FloatLists floats =
          first == '[' && outline.takesFloats() ? FloatLists.read(bytes, tokens, at) : null;
      if (floats != null) {
        outline.floatsRead(floats, depth);
        return floats.behind();
      }
      outline.valueBegins(first, depth, at);
    }
    return switch (first) {
      case '"' -> string(at);
      case '[' -> list(at);
      case '{' -> object(at);
      case 't' -> tokens.literal(at, "true");
      case 'f' -> tokens.literal(at, "false");
      case 'n' -> tokens.literal(at, "null");
      default -> numbers(at);
    };
  }

  private int afterValue(int at) {
    boolean inObject = inObject();
    byte next = at(at);
    if (next == ',') {
      return inObject ? key(whitespace(at + 1)) : nextElement(at + 1);
    }
    if (next == (inObject ? '}' : ']')) {
      return close(at);
    }
    throw error(
        inObject
            ? "Missing a comma or '}' after an object member."
            : "Missing a comma or ']' after an array element.",
        at);
  }

  private int nextElement(int at) {
    if (outline.counts(depth)) {
      outline.elements(depth, 1);
    }
    valueDue = true;
    return at;
  }

  private int list(int at) {
    open(false);
    int first = whitespace(at + 1);
    return at(first) == ']' ? close(first) : nextElement(first);
  }

  private int object(int at) {
    open(true);
    int first = whitespace(at + 1);
    return at(first) == '}' ? close(first) : key(first);
  }

  private int key(int at) {
    if (at(at) != '"') {
      throw error("Missing a name for object member.", at);
    }
    int colon = whitespace(string(at));
    if (at(colon) != ':') {
      throw error("Missing a colon after a name of object member.", colon);
    }
    if (outline.wantsKeys(depth)) {
      outline.key(depth, at);
    }
    valueDue = true;
    return colon + 1;
  }

  private void open(boolean object) {
    int word = depth >>> BITS;
    if (word == objects.length) {
      objects = Arrays.copyOf(objects, word * 2);
    }
    long bit = 1L << depth;
    objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
    depth++;
  }

  private boolean inObject() {
    return isObject(depth - 1);
  }

  private boolean isObject(int level) {
    return (objects[level >>> BITS] & 1L << level) != 0;
  }

  private int close(int at) {
    if (outline.counts(depth) || outline.wantsKeys(depth)) {
      outline.containerEnds(depth);
    }
    depth--;
    return at + 1;
  }

  /**
   * Numbers are most of most bodies, so runs of them stay in this loop, and so do runs of lists of
   * them where nobody counts these any more.
   */
  private int numbers(int from) {
    int at = tokens.end(from);
    if (depth == 0 || inObject()) {
      return at;
    }
    boolean siblings = depth > 1 && !isObject(depth - 2) && !outline.counts(depth - 1);
    int more = 0;
    int following = nextNumber(whitespace(at), siblings);
    while (following != ABSENT) {
      more++;
      at = tokens.end(following);
      following = nextNumber(whitespace(at), siblings);
    }
    if (more > 0 && outline.counts(depth)) {
      outline.elements(depth, more);
    }
    return at;
  }

  /** Where the next number begins in this list, or in the next; {@link #ABSENT} if none does. */
  private int nextNumber(int separator, boolean siblings) {
    byte next = at(separator);
    int at = ABSENT;
    if (next == ',') {
      at = whitespace(separator + 1);
    } else if (next == ']' && siblings) {
      at = nextList(separator + 1);
    }
    return at != ABSENT && NumberSyntax.begins(at(at)) ? at : ABSENT;
  }

  /** Where the first element of the next list would begin; {@link #ABSENT} if no list follows. */
  private int nextList(int from) {
    int comma = whitespace(from);
    if (at(comma) != ',') {
      return ABSENT;
    }
    int bracket = whitespace(comma + 1);
    return at(bracket) == '[' ? whitespace(bracket + 1) : ABSENT;
  }

  private int string(int quote) {
    int at = quote + 1;
    while (true) {
      at = plainText(at);
      byte next = at(at);
      if (next == '"') {
        return at + 1;
      }
      if (next != '\\') {
        throw error(
            next == 0
                ? "Missing a closing quotation mark in string."
                : "Invalid escape character in string.",
            at);
      }
      at = escape(at);
    }
  }

  private int plainText(int from) {
    int at = from;
    int count = EightBytes.leadingPlainText(EightBytes.at(bytes, at, end));
    while (count == Long.BYTES) {
      at += Long.BYTES;
      count = EightBytes.leadingPlainText(EightBytes.at(bytes, at, end));
    }
    return at + count;
  }

  private int escape(int backslash) {
    return switch (at(backslash + 1)) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> backslash + 2;
      case 'u' -> {
        int unit = hex(backslash + 2, backslash);
        yield Character.isHighSurrogate((char) unit)
            ? lowSurrogate(backslash + 6, backslash)
            : backslash + 6;
      }
      default -> throw error("Invalid escape character in string.", backslash);
    };
  }

  private int lowSurrogate(int at, int backslash) {
    if (at(at) == '\\' && at(at + 1) == 'u') {
      int unit = hex(at + 2, backslash);
      if (Character.isLowSurrogate((char) unit)) {
        return at + 6;
      }
    }
    throw error("The surrogate pair in string is invalid.", backslash);
  }

  private int hex(int from, int backslash) {
    int value = 0;
    for (int at = from; at < from + 4; at++) {
      int digit = Character.digit(at(at), 16);
      if (digit < 0) {
        throw error("Incorrect hex digit after \\u escape in string.", backslash);
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** A syntax error with its offset in the body. */
  static StatusException error(String reason, int at) {
    return StatusException.invalidArgument("JSON Parse error: %s at offset: %d", reason, at);
  }
}
