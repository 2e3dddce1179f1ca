package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The forms that OpenTelemetry's variables have. Everything throws INVALID_ARGUMENT for a value
 * that is not of its form.
 */
final class TraceVariables {

  private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern FRACTION = Pattern.compile("[0-9]+\\.?[0-9]*|\\.[0-9]+");

  /** What a client of HTTP says itself. */
  private static final Set<String> OWN_HEADERS =
      Set.of("connection", "content-length", "content-type", "expect", "host", "upgrade");

  private TraceVariables() {}

  /** An address for HTTP, which has a host. */
  static URI url(String name, String given) {
    try {
      URI url = new URI(given);
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      if (url.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return url;
      }
    } catch (URISyntaxException malformed) {
      throw noUrl(name, given);
    }
    throw noUrl(name, given);
  }

  private static StatusException noUrl(String name, String given) {
    return StatusException.invalidArgument(
        "%s is %s, expected a URL, such as http://localhost:4318", name, given);
  }

  /** A whole number, at least 1. */
  static int number(String name, HostVariables variables, int otherwise) {
    String given = variables.text(name, Integer.toString(otherwise));
    int number = given.matches("[0-9]{1,9}") ? Integer.parseInt(given) : 0;
    if (number < 1) {
      throw StatusException.invalidArgument("%s is %s, expected 1 to 999999999", name, given);
    }
    return number;
  }

  /** A fraction, 0 to 1; 1 where nothing is said. */
  static double share(String name, HostVariables variables) {
    String given = variables.text(name, "1");
    double share = FRACTION.matcher(given).matches() ? Double.parseDouble(given) : -1;
    if (share < 0 || share > 1) {
      throw StatusException.invalidArgument("%s is %s, expected 0 to 1", name, given);
    }
    return share;
  }

  /** Headers that a client of HTTP can send. Errors do not say what is in them. */
  static Map<String, String> headers(String name, HostVariables variables) {
    Map<String, String> headers = pairs(name, variables);
    headers.forEach((key, value) -> {
      if (!HEADER_NAME.matcher(key).matches()
          || OWN_HEADERS.contains(key.toLowerCase(Locale.ROOT))) {
        throw StatusException.invalidArgument("%s has %s, which can't be a header", name, key);
      }
      if (value.chars().anyMatch(Character::isISOControl)) {
        throw StatusException.invalidArgument(
            "the value of %s in %s has control characters", key, name);
      }
    });
    return headers;
  }

  /** {@code key=value,key=value}, where the values are percent-encoded. */
  static SequencedMap<String, String> pairs(String name, HostVariables variables) {
    SequencedMap<String, String> pairs = new LinkedHashMap<>();
    String[] items = variables.text(name, "").split(",", -1);
    for (int i = 0; i < items.length; i++) {
      String item = items[i].strip();
      int equals = item.indexOf('=');
      if (equals > 0) {
        pairs.put(item.substring(0, equals).strip(), decoded(name, item.substring(equals + 1)));
      } else if (!item.isEmpty()) {
        throw StatusException.invalidArgument(
            "%s: item %d is not of the form key=value", name, i + 1);
      }
    }
    return pairs;
  }

  private static String decoded(String name, String value) {
    try {
      String encodedPlus = value.strip().replace("+", "%2B"); // else it would become a space
      return URLDecoder.decode(encodedPlus, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw StatusException.invalidArgument("%s has a value that is not percent-encoded", name);
    }
  }
}
