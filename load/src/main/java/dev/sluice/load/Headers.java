package dev.sluice.load;

import dev.sluice.status.StatusException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The further headers of requests: names in lower case, since HTTP/2 knows no others. */
final class Headers {

  private static final Pattern NAME = Pattern.compile("[a-z0-9-]+");
  private static final Pattern VALUE = Pattern.compile("[ -~]*");

  private Headers() {}

  static Map<String, String> checked(Map<String, String> headers) {
    headers.forEach(Headers::check);
    return Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  static Map<String, String> with(Map<String, String> headers, String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return more;
  }

  private static void check(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw StatusException.invalidArgument(
          "header \"%s\", expected lower-case letters, digits and hyphens", name);
    }
    if (!VALUE.matcher(value).matches()) {
      throw StatusException.invalidArgument("header %s: value is not printable ASCII", name);
    }
  }
}
