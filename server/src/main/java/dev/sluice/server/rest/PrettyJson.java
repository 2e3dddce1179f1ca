package dev.sluice.server.rest;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** JSON for people: a member a line. Used by one thread. */
final class PrettyJson {

  private final StringBuilder text = new StringBuilder();
  private int depth;

  private PrettyJson() {}

  /**
   * In UTF-8, with a line feed at its end.
   *
   * @param value of maps with text for keys, lists, text, booleans and numbers that are finite
   */
  static byte[] of(Object value) {
    PrettyJson json = new PrettyJson();
    json.value(value);
    return json.text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private void value(Object value) {
    switch (value) {
      case Map<?, ?> map -> map(map);
      case List<?> list -> list(list);
      case String string -> string(string);
      case Number number -> text.append(number);
      case Boolean bool -> text.append(bool);
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    }
  }

  private void map(Map<?, ?> map) {
    text.append('{');
    depth++;
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      newLine();
      string((String) entry.getKey());
      text.append(": ");
      value(entry.getValue());
      text.append(entries.hasNext() ? "," : "");
    }
    end(map.isEmpty(), '}');
  }

  private void list(List<?> list) {
    text.append('[');
    depth++;
    for (int i = 0; i < list.size(); i++) {
      newLine();
      value(list.get(i));
      text.append(i + 1 < list.size() ? "," : "");
    }
    end(list.isEmpty(), ']');
  }

  private void end(boolean empty, char bracket) {
    depth--;
    if (!empty) {
      newLine();
    }
    text.append(bracket);
  }

  private void newLine() {
    text.append('\n').repeat("  ", depth);
  }

  private void string(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
