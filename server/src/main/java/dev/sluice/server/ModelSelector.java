package dev.sluice.server;

import org.jspecify.annotations.Nullable;

/**
 * Which model a request means: by name, and by version or label where it says so.
 *
 * @param name the model's name; empty if the request has none
 * @param version the exact version, 0 included; null for no choice
 * @param label the label to resolve, which may be empty; null for no choice
 */
public record ModelSelector(String name, @Nullable Long version, @Nullable String label) {

  /** The newest version that is ready. */
  public static ModelSelector latest(String name) {
    return new ModelSelector(name, null, null);
  }
}
