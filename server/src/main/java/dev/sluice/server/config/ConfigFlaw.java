package dev.sluice.server.config;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;

/**
 * One thing that is wrong with a model config. Immutable.
 *
 * @param kind what it is about; of several flaws the first kind is the one that is told first
 * @param model the index of the model in the list
 * @param field the field of the model that is wrong, or that is missing
 * @param code how a client is told
 * @param message what a client is told
 */
public record ConfigFlaw(Kind kind, int model, String field, StatusCode code, String message) {

  /** In the order in which TensorFlow Serving looks for them. */
  public enum Kind {
    NAME,
    BASE_PATH,
    /** The platform of a model that is served already. */
    KNOWN_PLATFORM,
    LABEL,
    PLATFORM,
    /** A log of requests of a type that there is not, or without a place. */
    LOGGING,
    /** A base path that is well-formed, in a file system that Sluice can't read. */
    FILE_SYSTEM
  }

  /** The way to the field: {@code model_config_list.config[1].base_path}. */
  public String path() {
    return "model_config_list.config[" + model + "]." + field;
  }

  /** The flaw as something to throw. */
  public StatusException exception() {
    return new StatusException(code, message);
  }
}
