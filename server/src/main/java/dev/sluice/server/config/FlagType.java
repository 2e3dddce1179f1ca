package dev.sluice.server.config;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the value of a flag may look like, how it is read, and how a default is shown. */
enum FlagType {
  INT32 {
    @Override
    @Nullable Object parse(String text) {
      Object wide = INT64.parse(text);
      return wide instanceof Long number && number == number.intValue() ? number.intValue() : null;
    }
  },
  INT64 {
    @Override
    @Nullable Object parse(String text) {
      // The parser of the JDK alone would take digits of any script.
      if (!DECIMAL_INTEGER.matcher(text).matches()) {
        return null;
      }
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException outOfRange) {
        return null;
      }
    }
  },
  FLOAT {
    @Override
    @Nullable Object parse(String text) {
      // The parser of the JDK alone would take 1f, hexadecimal digits and white space.
      return DECIMAL_FRACTION.matcher(text).matches() ? Float.valueOf(text) : null;
    }

    @Override
    String show(Object value) {
      return String.format(Locale.ROOT, "%f", (Float) value);
    }
  },
  BOOL {
    @Override
    @Nullable Object parse(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true", "1" -> true;
        case "false", "0" -> false;
        default -> null;
      };
    }
  },
  /** A switch that has a third way, which is none of the two. */
  BOOL_OR_AUTO {
    @Override
    @Nullable Object parse(String text) {
      return text.equals(AUTO) ? AUTO : BOOL.parse(text);
    }

    @Override
    String label() {
      return BOOL.label();
    }
  },
  STRING {
    @Override
    @Nullable Object parse(String text) {
      return text;
    }

    @Override
    String show(Object value) {
      return '"' + value.toString() + '"';
    }
  };

  /** The value of a switch that is neither on nor off. */
  static final String AUTO = "auto";

  private static final Pattern DECIMAL_INTEGER = Pattern.compile("[+-]?[0-9]+");
  private static final Pattern DECIMAL_FRACTION =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  /**
   * The value that the text stands for: an Integer, Long, Float, Boolean or String; null if it
   * stands for none.
   */
  abstract @Nullable Object parse(String text);

  /** Whether the flag may stand without a value, which then is true. */
  boolean mayStandAlone() {
    return this == BOOL || this == BOOL_OR_AUTO;
  }

  /** A value as the usage text shows it. */
  String show(Object value) {
    return value.toString();
  }

  /** The name in the usage text: {@code int32}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
