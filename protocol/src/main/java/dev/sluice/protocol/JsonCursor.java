package dev.sluice.protocol;

import dev.sluice.model.DataType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The second pass: a position in JSON text that a scan has checked, and the value last read. As the
 * text is well formed, the first byte of a value tells its type and nothing here looks for errors
 * of syntax. Not thread-safe.
 */
final class JsonCursor {

  /** A position that was not met. */
  static final int ABSENT = -1;

  private static final byte[] BASE64_KEY = {'b', '6', '4'};

  final byte[] bytes;
  int at;
  final JsonNumber number;
  private int base64From;
  private int base64To;

  /** The last number read as an element: its low bytes are what the tensor stores. */
  long element;

  /** The last string read as an element. */
  byte[] string = {};

  JsonCursor(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
    this.number = new JsonNumber(bytes);
  }

  /** Passes over white space; the byte that follows it. */
  byte peek() {
    byte next = bytes[at];
    while (next <= ' ' && next >= 0) {
      next = bytes[++at];
    }
    return next;
  }

  /** Passes over white space and this byte, if it is the next. */
  boolean take(char expected) {
    if (peek() != expected) {
      return false;
    }
    at++;
    return true;
  }

  // For loops that keep their position to themselves.

  /** Where the next token begins. */
  int token(int from) {
    int position = from;
    byte next = bytes[position];
    while (next <= ' ' && next >= 0) {
      next = bytes[++position];
    }
    return position;
  }

  /** The position behind this byte, if it comes next; else {@link #ABSENT}. */
  int behind(char expected, int from) {
    int position = token(from);
    return bytes[position] == expected ? position + 1 : ABSENT;
  }

  /** Where the number begins that comes next; {@link #ABSENT} if none does. */
  int numberAt(int from) {
    if (from < 0) {
      return from;
    }
    int position = token(from);
    return beginsNumber(bytes[position]) ? position : ABSENT;
  }

  /** Passes over a whole value. */
  void skipValue() {
    int depth = 0;
    do {
      byte next = peek();
      switch (next) {
        case '"' -> at = JsonStrings.closingQuote(bytes, at) + 1;
        case '[', '{' -> {
          depth++;
          at++;
        }
        case ']', '}' -> {
          depth--;
          at++;
        }
        case ',', ':' -> at++;
        default -> skipToken();
      }
    } while (depth > 0);
  }

  private void skipToken() {
    while (at < bytes.length && isTokenByte(bytes[at])) {
      at++;
    }
  }

  private static boolean isTokenByte(byte next) {
    return next > ' ' && next != ',' && next != ']' && next != '}';
  }

  /** True iff an object begins here that stands for bytes: {@code {"b64": "..."}}. */
  boolean isBase64Object() {
    int start = at;
    boolean is = skipBase64Object();
    at = start;
    return is;
  }

  private boolean skipBase64Object() {
    if (!take('{') || peek() != '"' || !JsonStrings.equal(bytes, at, BASE64_KEY)) {
      return false;
    }
    skipString();
    if (!take(':') || peek() != '"') {
      return false;
    }
    base64From = at + 1;
    skipString();
    base64To = at - 1;
    return take('}');
  }

  private void skipString() {
    at = JsonStrings.closingQuote(bytes, at) + 1;
  }

  /** True iff an object begins here that does not stand for bytes. */
  boolean isPlainObject() {
    return peek() == '{' && !isBase64Object();
  }

  /**
   * Reads a value as an element of this type into {@link #element} or {@link #string}. A list is
   * never an element.
   *
   * @return false if the value does not convert; the position is then undefined
   */
  boolean readElement(@Nullable DataType type) {
    byte first = peek();
    if (type == null) {
      return false;
    }
    return switch (type) {
      case FLOAT, DOUBLE, HALF, BFLOAT16 -> beginsNumber(first) && readFloating(type);
      case INT8 -> beginsNumber(first) && readSigned(Byte.MIN_VALUE, Byte.MAX_VALUE);
      case INT16 -> beginsNumber(first) && readSigned(Short.MIN_VALUE, Short.MAX_VALUE);
      case INT32 -> beginsNumber(first) && readSigned(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case INT64 -> beginsNumber(first) && readSigned(Long.MIN_VALUE, Long.MAX_VALUE);
      case UINT8 -> beginsNumber(first) && readUnsigned(0xFF);
      case UINT16 -> beginsNumber(first) && readUnsigned(0xFFFF);
      case UINT32 -> beginsNumber(first) && readUnsigned(0xFFFF_FFFFL);
      case UINT64 -> beginsNumber(first) && readUnsigned(-1);
      case BOOL -> readBoolean(first);
      case STRING -> first == '"' ? readString() : first == '{' && readBase64();
      case COMPLEX64, COMPLEX128, QINT8, QUINT8, QINT16, QUINT16, QINT32 -> false;
      case FLOAT8_E5M2, FLOAT8_E4M3FN, INT4, UINT4, RESOURCE, VARIANT -> false;
    };
  }

  static boolean beginsNumber(byte first) {
    return (first >= '0' && first <= '9') || first == '-' || first == 'N' || first == 'I';
  }

  private boolean readFloating(DataType type) {
    element =
        switch (type) {
          case DOUBLE -> Double.doubleToRawLongBits(readDouble());
          case HALF -> Float.floatToFloat16(readFloat());
          case BFLOAT16 -> Elements.toBfloat16(readFloat());
          default -> Float.floatToRawIntBits(readFloat());
        };
    return true;
  }

  /** Reads a number as the nearest float. */
  float readFloat() {
    float value = number.readFloat(at);
    at = number.end();
    return value;
  }

  /** Reads a number as the nearest double. */
  double readDouble() {
    double value = number.readDouble(at);
    at = number.end();
    return value;
  }

  private boolean readSigned(long least, long most) {
    if (!number.readInteger(at)) {
      return false;
    }
    at = number.end();
    long size = number.magnitude();
    element = number.isNegative() ? -size : size;
    boolean beyond = size < 0 && !number.isNegative();
    return !beyond && element >= least && element <= most;
  }

  private boolean readUnsigned(long most) {
    if (!number.readInteger(at)) {
      return false;
    }
    at = number.end();
    element = number.magnitude();
    return (!number.isNegative() || element == 0) && Long.compareUnsigned(element, most) <= 0;
  }

  private boolean readBoolean(byte first) {
    if (first != 't' && first != 'f') {
      return false;
    }
    element = first == 't' ? 1 : 0;
    at += first == 't' ? 4 : 5;
    return true;
  }

  private boolean readString() {
    int closing = JsonStrings.closingQuote(bytes, at);
    string = JsonStrings.decode(bytes, at + 1, closing);
    at = closing + 1;
    return true;
  }

  private boolean readBase64() {
    byte[] decoded = skipBase64Object() ? base64() : null;
    if (decoded == null) {
      return false;
    }
    string = decoded;
    return true;
  }

  private byte @Nullable [] base64() {
    if (!JsonStrings.hasEscape(bytes, base64From, base64To)) {
      return Base64Text.decode(bytes, base64From, base64To);
    }
    byte[] text = JsonStrings.decode(bytes, base64From, base64To);
    return Base64Text.decode(text, 0, text.length);
  }

  /** Passes over a key and the colon behind it; where the key's quotation mark stands. */
  int skipKey() {
    peek();
    int quote = at;
    skipString();
    take(':');
    return quote;
  }

  /** The key whose opening quotation mark stands there. */
  static String keyAt(byte[] bytes, int quote) {
    int closing = JsonStrings.closingQuote(bytes, quote);
    return new String(JsonStrings.decode(bytes, quote + 1, closing), StandardCharsets.UTF_8);
  }

  /** What error texts call the type of a value that begins with this byte. */
  static String typeName(byte first) {
    return switch (first) {
      case 'n' -> "Null";
      case 'f' -> "False";
      case 't' -> "True";
      case '{' -> "Object";
      case '[' -> "Array";
      case '"' -> "String";
      default -> "Number";
    };
  }

  /** True iff JSON values convert to elements of this type. */
  static boolean holds(@Nullable DataType type) {
    if (type == null) {
      return false;
    }
    return switch (type) {
      case FLOAT, DOUBLE, HALF, BFLOAT16, BOOL, STRING -> true;
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> true;
      case COMPLEX64, COMPLEX128, QINT8, QUINT8, QINT16, QUINT16, QINT32 -> false;
      case FLOAT8_E5M2, FLOAT8_E4M3FN, INT4, UINT4, RESOURCE, VARIANT -> false;
    };
  }
}
