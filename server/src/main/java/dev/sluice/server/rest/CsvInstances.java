package dev.sluice.server.rest;

import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a predict request of comma-separated values: a line is a row, a list of its values where
 * there are several. What JSON has for a number is one; all else is text, and so is what stands in
 * quotes, by the rules of RFC 4180. There is no line of names. Used by one thread.
 */
final class CsvInstances {

  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|NaN|-?Infinity");

  /** What some spreadsheets put first to say that the text is UTF-8, a character a byte. */
  private static final String MARK = "\u00ef\u00bb\u00bf";

  /** A character a byte, so that UTF-8 passes as it is. */
  private final String csv;

  private final StringBuilder json;
  private final Matcher number;
  private int at;
  private int line = 1;
  private int columns;

  private CsvInstances(byte[] body) {
    this.csv = new String(body, StandardCharsets.ISO_8859_1);
    this.json = new StringBuilder(2 * csv.length());
    this.number = NUMBER.matcher(csv);
    this.at = csv.startsWith(MARK) ? MARK.length() : 0;
  }

  /**
   * The request in JSON.
   *
   * @throws StatusException INVALID_ARGUMENT, with the line, if a quote is not closed or followed
   *     by something, or if lines differ in how many values they have
   */
  static byte[] request(byte[] body) {
    return new CsvInstances(body).request();
  }

  private byte[] request() {
    json.append("{\"instances\":[");
    while (at < csv.length()) {
      skipBlanks();
      if (!isLineOver()) {
        row();
      }
      nextLine();
    }
    return json.append("]}").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void row() {
    int first = line;
    json.append(columns == 0 ? "" : ",");
    int begin = json.length();
    json.append('[');
    int count = 1;
    value();
    for (; isAt(','); count++) {
      at++;
      json.append(',');
      value();
    }
    if (columns != 0 && columns != count) {
      throw StatusException.invalidArgument(
          "CSV line %d has %d value(s), expected %d as in the lines before", first, count, columns);
    }
    columns = count;
    if (count == 1) {
      json.deleteCharAt(begin);
    } else {
      json.append(']');
    }
  }

  private boolean isAt(char c) {
    return at < csv.length() && csv.charAt(at) == c;
  }

  private boolean isLineOver() {
    return at >= csv.length() || isAt('\n') || isAt('\r');
  }

  private void skipBlanks() {
    while (isAt(' ') || isAt('\t')) {
      at++;
    }
  }

  private void nextLine() {
    if (isAt('\r')) {
      at++;
    }
    if (isAt('\n')) {
      at++;
    }
    line++;
  }

  private void value() {
    skipBlanks();
    if (isAt('"')) {
      quoted();
    } else {
      plain();
    }
  }

  private void plain() {
    int begin = at;
    while (!isLineOver() && !isAt(',')) {
      at++;
    }
    int end = at;
    while (end > begin && (csv.charAt(end - 1) == ' ' || csv.charAt(end - 1) == '\t')) {
      end--;
    }
    if (number.region(begin, end).matches()) {
      json.append(csv, begin, end);
    } else {
      json.append('"');
      for (int i = begin; i < end; i++) {
        text(csv.charAt(i));
      }
      json.append('"');
    }
  }

  /** Two quotes stand for one, and a line may end within. */
  private void quoted() {
    int first = line;
    json.append('"');
    for (at++; !isAt('"') || isQuoteAt(at + 1); at++) {
      if (at >= csv.length()) {
        throw StatusException.invalidArgument("The quote in CSV line %d is not closed", first);
      }
      at += isAt('"') ? 1 : 0;
      line += isAt('\n') ? 1 : 0;
      text(csv.charAt(at));
    }
    at++;
    json.append('"');
    skipBlanks();
    if (!isLineOver() && !isAt(',')) {
      throw StatusException.invalidArgument(
          "CSV line %d has \"%c\" after a quoted value, expected a comma or the end of the line",
          line, csv.charAt(at));
    }
  }

  private boolean isQuoteAt(int place) {
    return place < csv.length() && csv.charAt(place) == '"';
  }

  private void text(char c) {
    if (c == '"' || c == '\\') {
      json.append('\\').append(c);
    } else if (c < ' ') {
      json.append("\\u00").append(Character.forDigit(c >> 4, 16));
      json.append(Character.forDigit(c & 15, 16));
    } else {
      json.append(c);
    }
  }
}
