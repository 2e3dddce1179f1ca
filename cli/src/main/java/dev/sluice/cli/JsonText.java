package dev.sluice.cli;

import com.google.protobuf.Value;
import java.util.Locale;

/** Small pieces of JSON. */
final class JsonText {

  private JsonText() {}

  /** A string with its quotation marks. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next == '"' || next == '\\') {
        json.append('\\').append(next);
      } else if (next < ' ') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) next));
      } else {
        json.append(next);
      }
    }
    return json.append('"').toString();
  }

  /** The first number in a value, however many lists it lies in; NaN if there is none. */
  static double firstNumber(Value value) {
    return switch (value.getKindCase()) {
      case NUMBER_VALUE -> value.getNumberValue();
      case LIST_VALUE ->
          value.getListValue().getValuesCount() == 0
              ? Double.NaN
              : firstNumber(value.getListValue().getValues(0));
      case NULL_VALUE, STRING_VALUE, BOOL_VALUE, STRUCT_VALUE, KIND_NOT_SET -> Double.NaN;
    };
  }
}
