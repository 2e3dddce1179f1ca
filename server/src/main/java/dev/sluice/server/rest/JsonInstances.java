package dev.sluice.server.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes the predict request that SageMaker's clients mean by JSON that is none: rows, one after the
 * other, or in a list, or one alone. Only the outermost structure is looked at; whether it is JSON
 * at all is for the reader of the request to say.
 *
 * <p>A body that begins as a request does is known at its first member, and is left as it is. Used
 * by one thread.
 */
final class JsonInstances {

  private static final byte[] BEFORE = ascii("{\"instances\":");

  /** What some editors put first to say that the text is UTF-8. */
  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private static final byte[][] MEMBERS = {ascii("instances"), ascii("inputs"), ascii("examples")};

  private final byte[] json;

  /** The outermost values, with a comma between any two. */
  private final ByteArrayOutputStream rows = new ByteArrayOutputStream();

  private int at;
  private int values;
  private boolean afterComma = true;

  /** Whether the one value is a list of rows, which needs no further list around it. */
  private boolean listOfRows;

  private JsonInstances(byte[] json) {
    this.json = json;
    this.at = Arrays.mismatch(json, MARK) == MARK.length ? MARK.length : 0;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The body itself if it is a request of the REST API, else one that has its values as rows. */
  static byte[] request(byte[] body) {
    return new JsonInstances(body).request();
  }

  private byte[] request() {
    for (skipSpaces(); at < json.length; skipSpaces()) {
      if (json[at] == ',') {
        rows.write(json[at++]);
        afterComma = true;
      } else if (endValue()) {
        return json;
      }
    }
    return values == 0 ? json : wrapped();
  }

  private byte[] wrapped() {
    ByteArrayOutputStream request = new ByteArrayOutputStream(rows.size() + BEFORE.length + 3);
    request.writeBytes(BEFORE);
    if (!listOfRows) {
      request.write('[');
    }
    try {
      rows.writeTo(request);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    if (!listOfRows) {
      request.write(']');
    }
    request.write('}');
    return request.toByteArray();
  }

  private static boolean isSpace(byte c) {
    return c >= 0 && c <= ' ';
  }

  private void skipSpaces() {
    while (at < json.length && isSpace(json[at])) {
      at++;
    }
  }

  /**
   * Takes over an outermost value and goes behind it.
   *
   * @return true as soon as it turns out to be a request
   */
  private boolean endValue() {
    int begin = at;
    boolean first = values++ == 0;
    listOfRows = first && beginsWithARow();
    switch (json[at]) {
      case '{', '[' -> {
        if (endContainer(first && json[at] == '{')) {
          return true;
        }
      }
      case '"' -> endString();
      default -> endWord();
    }
    if (!afterComma) {
      rows.write(',');
    }
    afterComma = false;
    rows.write(json, begin, at - begin);
    return false;
  }

  /** True iff this is a list whose first element is a list or an object. */
  private boolean beginsWithARow() {
    if (json[at] != '[') {
      return false;
    }
    int begin = at++;
    skipSpaces();
    boolean row = at < json.length && (json[at] == '[' || json[at] == '{');
    at = begin;
    return row;
  }

  /**
   * Goes behind a list or an object, or to the end of the body if that comes first.
   *
   * @param mayBeRequest whether to look at the names of its members
   * @return true as soon as one of them is a request's
   */
  private boolean endContainer(boolean mayBeRequest) {
    int depth = 0;
    while (at < json.length) {
      byte c = json[at];
      if (c == '"') {
        int begin = at + 1;
        endString();
        if (mayBeRequest && depth == 1 && isMember(begin, at - 1)) {
          return true;
        }
      } else {
        at++;
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        if (depth == 0) {
          return false;
        }
      }
    }
    return false;
  }

  /** Whether the string that was just left is the name of a member that requests have. */
  private boolean isMember(int begin, int end) {
    skipSpaces();
    if (at >= json.length || json[at] != ':') {
      return false;
    }
    for (byte[] member : MEMBERS) {
      if (Arrays.equals(json, begin, end, member, 0, member.length)) {
        return true;
      }
    }
    return false;
  }

  private void endString() {
    for (at++; at < json.length && json[at] != '"'; at++) {
      if (json[at] == '\\') {
        at++;
      }
    }
    at = Math.min(at + 1, json.length);
  }

  /** Goes behind a number or a word; of what is neither, behind one character at least. */
  private void endWord() {
    for (at++; at < json.length; at++) {
      byte c = json[at];
      if (isSpace(c) || c == ',' || c == '[' || c == '{' || c == '"') {
        return;
      }
    }
  }
}
