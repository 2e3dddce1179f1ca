package dev.sluice.protocol;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JSON value as error texts show it: printed anew with members on lines of their own and lists on
 * one line, and cut. Nothing is printed that would begin at or behind byte {@value #LIMIT}, and
 * nothing from the first number that is not finite.
 */
final class JsonEcho {

  private static final int LIMIT = 256;

  private final JsonPrinter out = new JsonPrinter(2 * LIMIT);
  private final JsonCursor in;
  private int depth;

  private JsonEcho(JsonCursor in) {
    this.in = in;
    out.singleLineLists(true);
  }

  /** The echo of the value that begins at this position of checked text. */
  static String of(byte[] bytes, int at) {
    JsonEcho echo = new JsonEcho(new JsonCursor(bytes, at));
    boolean more = true;
    do {
      more = echo.out.size() < LIMIT && echo.token();
    } while (more && echo.depth > 0);
    return new String(echo.out.toBytes(), StandardCharsets.UTF_8);
  }

  /** Prints the next token; false if it is the last to be printed. */
  private boolean token() {
    switch (in.peek()) {
      case ',', ':' -> in.at++;
      case '{', '[' -> begin();
      case '}', ']' -> end();
      case '"' -> string();
      case 't', 'f', 'n' -> literal();
      default -> {
        return number();
      }
    }
    return true;
  }

  private void begin() {
    if (in.bytes[in.at++] == '{') {
      out.beginObject();
    } else {
      out.beginList();
    }
    depth++;
  }

  private void end() {
    if (in.bytes[in.at++] == '}') {
      out.endObject();
    } else {
      out.endList();
    }
    depth--;
  }

  private void string() {
    int closing = JsonStrings.closingQuote(in.bytes, in.at);
    out.string(JsonStrings.decode(in.bytes, in.at + 1, closing));
    in.at = closing + 1;
  }

  private void literal() {
    int start = in.at;
    in.skipValue();
    out.token(Arrays.copyOfRange(in.bytes, start, in.at));
  }

  private boolean number() {
    int start = in.at;
    JsonNumber number = new JsonNumber(in.bytes);
    if (number.readInteger(start)) {
      in.at = number.end();
      String sign = number.isNegative() && number.magnitude() != 0 ? "-" : "";
      print(sign + Long.toUnsignedString(number.magnitude()));
      return true;
    }
    double value = in.readDouble();
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      out.separate();
      return false;
    }
    print(text(value));
    return true;
  }

  private void print(String token) {
    out.token(token.getBytes(StandardCharsets.US_ASCII));
  }

  /** Shortest digits; with a point from 1e-6 up to 1e21, else with an exponent. */
  private static String text(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
    String sign = value < 0 ? "-" : "";
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -6 && exponent < 21) {
      String plain = shortest.toPlainString();
      return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
    }
    String digits = shortest.unscaledValue().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return sign + digits.charAt(0) + fraction + "e" + exponent;
  }
}
