package dev.sluice.server.metrics;

import java.util.List;

/** Labels of a metric as text. */
final class Labels {

  private Labels() {}

  /** {@code model="m",version="1"}; empty where there are none. */
  static String of(List<String> names, List<String> values) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      text.append(i == 0 ? "" : ",").append(names.get(i)).append("=\"");
      escape(values.get(i), text);
      text.append('"');
    }
    return text.toString();
  }

  private static void escape(String value, StringBuilder text) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }
}
