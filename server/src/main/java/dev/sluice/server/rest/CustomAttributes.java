package dev.sluice.server.rest;

import dev.sluice.server.ModelSelector;
import dev.sluice.status.StatusException;
import io.netty.util.AsciiString;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request on SageMaker says beside its body: {@code tfs-model-name=half,tfs-method=regress}.
 * Others may have their attributes in the same header.
 *
 * @param model which model is meant; empty for the default one
 * @param version which of its versions; null for the newest
 * @param verb what to do with it
 */
record CustomAttributes(String model, @Nullable Long version, Route.Verb verb) {

  static final AsciiString HEADER = AsciiString.cached("X-Amzn-SageMaker-Custom-Attributes");

  private static final Pattern ATTRIBUTE = Pattern.compile("tfs-([a-z-]+)=([^,]+)");

  /**
   * Reads the header; of an attribute that is there twice the last one counts.
   *
   * @param header null if there is none
   * @throws StatusException INVALID_ARGUMENT for a version that is no number, or an unknown method
   */
  static CustomAttributes of(@Nullable String header) {
    String model = "";
    Long version = null;
    Route.Verb verb = Route.Verb.PREDICT;
    Matcher attribute = ATTRIBUTE.matcher(header == null ? "" : header);
    while (attribute.find()) {
      String value = attribute.group(2).strip();
      switch (attribute.group(1)) {
        case "model-name" -> model = value;
        case "model-version" -> version = Route.version(value);
        case "method" -> verb = verb(value);
        default -> {} // not ours
      }
    }
    return new CustomAttributes(model, version, verb);
  }

  private static Route.Verb verb(String method) {
    return switch (method) {
      case "predict", "classify", "regress" -> Route.Verb.valueOf(method.toUpperCase(Locale.ROOT));
      default ->
          throw StatusException.invalidArgument(
              "tfs-method is \"%s\", expected predict, classify or regress", method);
    };
  }

  /** What is asked of a model that was named in another way. */
  Route route(String name) {
    return new Route(verb, new ModelSelector(name, version, null));
  }
}
