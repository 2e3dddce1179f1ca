package dev.sluice.server.config;

/** How far Sluice honours a flag: the verdict column of the documentation. */
enum Support {
  WORKS("works", ""),
  NOT_YET("accepted without effect yet", "--%s is accepted but has no effect yet"),
  FOR_GPUS(
      "works with a TensorFlow for GPUs",
      "--%s concerns GPUs; the TensorFlow that comes with Sluice uses none"),
  NO_EFFECT("no effect here", "--%s has no effect in Sluice"),
  /** Has no effect that anyone could miss: on by default in TensorFlow Serving, and harmless. */
  NOT_NEEDED("no effect here", ""),
  /**
   * Asks for security: ignoring it would be worse than not starting. {@link StartChecks} refuses.
   */
  REFUSED("refused until it works", ""),
  /** Asks for models of another kind. {@link StartChecks} refuses. */
  UNSERVED("refused", "");

  private final String verdict;
  private final String warning;

  Support(String verdict, String warning) {
    this.verdict = verdict;
    this.warning = warning;
  }

  /** The verdict in the documentation. */
  String verdict() {
    return verdict;
  }

  /** What to log where the flag was given, with {@code %s} for its name; empty for nothing. */
  String warning() {
    return warning;
  }
}
