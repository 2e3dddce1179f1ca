package dev.sluice.client;

import dev.sluice.status.StatusCode;

/**
 * Where a version of a model stands.
 *
 * @param version its number
 * @param state where it stands
 * @param code OK, or why it could not be loaded
 * @param text what went wrong; empty if nothing did
 */
public record VersionStatus(long version, State state, StatusCode code, String text) {

  /** The states, in the order in which a version goes through them. */
  public enum State {
    /** A state that this client does not know. */
    UNKNOWN,
    START,
    LOADING,
    /** Requests are answered. */
    AVAILABLE,
    UNLOADING,
    /** Unloaded, or not loadable: then the code is not OK. */
    END
  }

  /** True iff requests for it are answered. */
  public boolean isAvailable() {
    return state == State.AVAILABLE;
  }

  /** True iff it could not be loaded. */
  public boolean isFailed() {
    return state == State.END && code != StatusCode.OK;
  }

  /** Such as {@code version 3 LOADING}. */
  @Override
  public String toString() {
    return "version " + version + " " + state + (isFailed() ? " (" + code + ": " + text + ")" : "");
  }
}
