package dev.sluice.server.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON object in one line, written member by member. Used by one thread. */
final class JsonLine {

  private final StringBuilder text = new StringBuilder(256).append('{');

  /** A member; none for null. */
  JsonLine with(String name, @Nullable Object value) {
    if (value != null) {
      if (text.length() > 1) {
        text.append(',');
      }
      string(name);
      text.append(':');
      value(value);
    }
    return this;
  }

  /** The object and the end of the line. */
  String end() {
    return text.append("}\n").toString();
  }

  private void value(Object value) {
    switch (value) {
      case Number number -> text.append(number);
      case Boolean bool -> text.append(bool);
      case List<?> list -> list(list);
      default -> string(value.toString());
    }
  }

  private void list(List<?> list) {
    text.append('[');
    String separator = "";
    for (Object element : list) {
      text.append(separator);
      value(element);
      separator = ",";
    }
    text.append(']');
  }

  private void string(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      character(string.charAt(i));
    }
    text.append('"');
  }

  private void character(char c) {
    switch (c) {
      case '"', '\\' -> text.append('\\').append(c);
      case '\n' -> text.append("\\n");
      case '\t' -> text.append("\\t");
      default -> {
        if (c < ' ') {
          text.append("\\u%04x".formatted((int) c));
        } else {
          text.append(c);
        }
      }
    }
  }
}
