package dev.sluice.bench;

/** What became of a check. */
enum Verdict {
  /** The worse end of the interval reaches it. */
  MET("met"),
  /** It does not. */
  MISSED("missed"),
  /** Too few rounds. */
  NOT_JUDGED("not judged"),
  /** Could not be measured here. */
  NOT_RUN("not run");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  @Override
  public String toString() {
    return words;
  }
}
