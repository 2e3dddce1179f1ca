package dev.sluice.client;

/** What one task of a multi-inference call gave. */
public sealed interface InferenceAnswer permits Classification, Regression {

  /** The version that ran. */
  long version();
}
