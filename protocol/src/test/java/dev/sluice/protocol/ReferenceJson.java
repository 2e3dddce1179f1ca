package dev.sluice.protocol;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recogniser of the accepted dialect, written for clarity: recursive, with regular expressions.
 */
final class ReferenceJson {

  private static final Pattern NUMBER =
      Pattern.compile(
          "-?(0|[1-9][0-9]*+)(\\.[0-9]++|(?!\\.))([eE][+-]?[0-9]+|(?![eE]))"
              + "|-?(NaN|Infinity|Inf(?!i))");
  private static final Pattern STRING =
      Pattern.compile(
          "\"([^\"\\\\\\x00-\\x1f]|\\\\([\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*\"", Pattern.DOTALL);
  private static final Pattern SPACE = Pattern.compile("[ \\n\\r\\t]*");
  private static final Pattern LITERAL = Pattern.compile("true|false|null");

  private final String text;
  private int at;

  private ReferenceJson(String text) {
    this.text = text;
  }

  /** True iff a value begins the text; what follows it does not matter. */
  static boolean accepts(String text) {
    ReferenceJson parser = new ReferenceJson(text);
    parser.match(SPACE);
    return parser.value();
  }

  private boolean value() {
    if (taken('{')) {
      return items('}', true);
    }
    if (taken('[')) {
      return items(']', false);
    }
    return match(STRING) || match(LITERAL) || match(NUMBER);
  }

  private boolean items(char end, boolean named) {
    match(SPACE);
    if (taken(end)) {
      return true;
    }
    do {
      match(SPACE);
      if (named && !name()) {
        return false;
      }
      match(SPACE);
      if (!value()) {
        return false;
      }
      match(SPACE);
    } while (taken(','));
    return taken(end);
  }

  private boolean name() {
    if (!match(STRING)) {
      return false;
    }
    match(SPACE);
    return taken(':');
  }

  private boolean taken(char expected) {
    if (at < text.length() && text.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  private boolean match(Pattern pattern) {
    Matcher matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    at = matcher.end();
    return true;
  }
}
