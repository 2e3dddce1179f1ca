package dev.sluice.core;

/**
 * Where one managed version is on its way from aspired to gone. Each state says what has happened;
 * {@link #mayBecome} lists every legal transition, and nothing else is one.
 */
public enum HarnessState {
  /** Managed, nothing requested. */
  NEW("new"),
  /** Someone asked for the load and won. */
  LOAD_REQUESTED("load-requested"),
  /** There is room for it. */
  LOAD_APPROVED("load-approved"),
  /** The loader runs, or pauses before another try. */
  LOADING("loading"),
  /** Loaded, found by look-ups and announced. */
  READY("ready"),
  /** Someone asked for the unload and won. */
  UNLOAD_REQUESTED("unload-requested"),
  /** Being withdrawn from look-ups; handles may be out. */
  QUIESCING("quiescing"),
  /** Every handle is back. */
  QUIESCED("quiesced"),
  /** The loader gives the servable up. */
  UNLOADING("unloading"),
  /** The end, clean. */
  DISABLED("disabled"),
  /** The end, with a status that says why. */
  ERROR("error");

  private final String label;

  HarnessState(String label) {
    this.label = label;
  }

  /** Whether a version in this state may go to {@code next}. Any state may fail. */
  boolean mayBecome(HarnessState next) {
    return next == ERROR
        || switch (this) {
          case NEW -> next == LOAD_REQUESTED;
          case LOAD_REQUESTED -> next == LOAD_APPROVED;
          case LOAD_APPROVED -> next == LOADING;
          // Straight to UNLOADING: loaded well, but nobody wants it any more.
          case LOADING -> next == READY || next == UNLOADING;
          case READY -> next == UNLOAD_REQUESTED;
          case UNLOAD_REQUESTED -> next == QUIESCING;
          case QUIESCING -> next == QUIESCED;
          case QUIESCED -> next == UNLOADING;
          case UNLOADING -> next == DISABLED;
          case DISABLED, ERROR -> false;
        };
  }

  /** Whether a version may be forgotten in this state: nothing of it is loaded or under way. */
  boolean isAtRest() {
    return switch (this) {
      case NEW, DISABLED, ERROR -> true;
      case LOAD_REQUESTED,
          LOAD_APPROVED,
          LOADING,
          READY,
          UNLOAD_REQUESTED,
          QUIESCING,
          QUIESCED,
          UNLOADING ->
          false;
    };
  }

  /** The state's name in logs and messages, such as {@code load-requested}. */
  @Override
  public String toString() {
    return label;
  }
}
