package dev.sluice.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Which model a request is for.
 *
 * @param name the model's name
 * @param version the version, at least 0; null for the one that answers by default
 * @param label the label of a version; null for none. At most one of both is given
 */
record ModelTarget(String name, @Nullable Long version, @Nullable String label) {

  /** The newest version of a model. */
  static ModelTarget newest(String name) {
    return new ModelTarget(name, null, null);
  }

  /** The path of this model in the REST API. */
  String path() {
    String path = "/v1/models/" + encoded(name);
    if (version != null) {
      return path + "/versions/" + version;
    }
    return label == null ? path : path + "/labels/" + encoded(label);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
