package dev.sluice.server.rest;

import dev.sluice.server.ModelSelector;
import dev.sluice.status.StatusException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request to {@code /v1/} asks for. The grammar is TensorFlow Serving's, greedy model name
 * and all (so {@code /v1/models/metadata} is the status of a model called metadata), except that a
 * query is left out.
 *
 * @param verb what to do
 * @param model which model
 */
record Route(Verb verb, ModelSelector model) {

  /** What can be asked. */
  enum Verb {
    PREDICT,
    CLASSIFY,
    REGRESS,
    STATUS,
    METADATA,
    /** All models; the reference has no such request. */
    MODELS
  }

  /** What RFC 3986 lets stand in path, query and fragment, brackets aside. */
  private static final String PUNCTUATION = "-._~!$&'()*+,;=:@/?#";

  /** By character: letters, digits, punctuation, and the percent sign of an escape. */
  private static final boolean[] ALLOWED = allowed();

  private static final String MODELS = "/v1/models/";

  private static final String TEMPLATE = "/v1/models/{model}";
  private static final String VERSION_OR_LABEL = "(?:/versions/([0-9]+)|/labels/([^/:]+))?";
  private static final Pattern INFER =
      Pattern.compile("(?i)/v1/models/([^/:]+)" + VERSION_OR_LABEL + ":(classify|regress|predict)");
  private static final Pattern STATUS =
      Pattern.compile("(?i)/v1/models(?:/([^/:]+))?" + VERSION_OR_LABEL + "(?:/(metadata))?");

  /**
   * @param method {@code GET} or {@code POST}; any other matches nothing
   * @param target path and query as sent, not decoded
   * @throws StatusException INVALID_ARGUMENT if this is no request of the API
   */
  static Route parse(String method, String target) {
    String path = withoutQuery(target);
    Route route =
        switch (method) {
          case "POST" -> inference(INFER.matcher(path));
          case "GET" -> status(STATUS.matcher(path));
          default -> null;
        };
    if (route == null) {
      throw StatusException.invalidArgument("Malformed request: %s %s", method, target);
    }
    return route;
  }

  private static @Nullable Route inference(Matcher match) {
    if (!match.matches()) {
      return null;
    }
    // Matched in any case, but understood in lower case only: as the reference does.
    Verb verb =
        switch (match.group(4)) {
          case "predict" -> Verb.PREDICT;
          case "classify" -> Verb.CLASSIFY;
          case "regress" -> Verb.REGRESS;
          default -> null;
        };
    return verb == null ? null : new Route(verb, selector(match));
  }

  private static @Nullable Route status(Matcher match) {
    if (!match.matches()) {
      return null;
    }
    ModelSelector model = selector(match);
    if (match.group(1) == null && match.end(0) == "/v1/models".length()) {
      return new Route(Verb.MODELS, model);
    }
    if (model.name().isEmpty()) {
      throw StatusException.invalidArgument("Missing model name in request.");
    }
    return new Route("metadata".equals(match.group(4)) ? Verb.METADATA : Verb.STATUS, model);
  }

  private static ModelSelector selector(Matcher match) {
    return selector(match.group(1), match.group(2), match.group(3));
  }

  /**
   * The model that parts of a path name, null where they are not there.
   *
   * @throws StatusException INVALID_ARGUMENT if the version is too large a number
   */
  static ModelSelector selector(
      @Nullable String name, @Nullable String version, @Nullable String label) {
    return new ModelSelector(
        name == null ? "" : percentDecoded(name),
        version(version),
        label == null ? null : percentDecoded(label));
  }

  /**
   * The version that a text means; null for none.
   *
   * @throws StatusException INVALID_ARGUMENT if it is no number, or too large a one
   */
  static @Nullable Long version(@Nullable String digits) {
    if (digits == null) {
      return null;
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException tooLarge) {
      throw StatusException.invalidArgument("Failed to convert version: %s to numeric.", digits);
    }
  }

  /** The name of the model in a path, whatever else it asks; null if there is none. */
  static @Nullable String modelIn(String path) {
    if (!path.regionMatches(true, 0, MODELS, 0, MODELS.length())) {
      return null;
    }
    int end = MODELS.length();
    while (end < path.length() && path.charAt(end) != '/' && path.charAt(end) != ':') {
      end++;
    }
    return end == MODELS.length() ? null : percentDecoded(path.substring(MODELS.length(), end));
  }

  /** The path with names in braces in place of model, version and label. */
  String template() {
    String which =
        model.version() != null
            ? "/versions/{version}"
            : model.label() != null ? "/labels/{label}" : "";
    return switch (verb) {
      case PREDICT -> TEMPLATE + which + ":predict";
      case CLASSIFY -> TEMPLATE + which + ":classify";
      case REGRESS -> TEMPLATE + which + ":regress";
      case STATUS -> TEMPLATE + which;
      case METADATA -> TEMPLATE + which + "/metadata";
      case MODELS -> "/v1/models";
    };
  }

  /** The path of a target. */
  static String withoutQuery(String target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) == '?' || target.charAt(i) == '#') {
        return target.substring(0, i);
      }
    }
    return target;
  }

  /** {@code %2F} becomes a slash; a percent sign that is no escape stays, and so does a plus. */
  private static String percentDecoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      int value = text.charAt(i) == '%' ? escape(text, i) : -1;
      if (value >= 0) {
        bytes.write(value);
        i += 2;
      } else {
        bytes.writeBytes(text.substring(i, i + 1).getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int escape(String text, int percent) {
    if (percent + 2 >= text.length()) {
      return -1;
    }
    int high = Character.digit(text.charAt(percent + 1), 16);
    int low = Character.digit(text.charAt(percent + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /**
   * True iff a target has only characters that a URL may have, and percent signs that are escapes.
   */
  static boolean isWellFormed(String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      boolean allowed = c < ALLOWED.length && ALLOWED[c];
      if (!allowed || (c == '%' && escape(target, i) < 0)) {
        return false;
      }
    }
    return true;
  }

  private static boolean[] allowed() {
    boolean[] allowed = new boolean[128];
    for (char c = 0; c < allowed.length; c++) {
      allowed[c] = c == '%' || Character.isLetterOrDigit(c) || PUNCTUATION.indexOf(c) >= 0;
    }
    return allowed;
  }

  /** True iff a target belongs to the API at all; anything else is a page that does not exist. */
  static boolean isApi(String target) {
    return target.regionMatches(true, 0, "/v1/", 0, 4);
  }
}
