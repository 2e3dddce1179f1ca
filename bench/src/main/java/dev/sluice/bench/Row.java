package dev.sluice.bench;

import java.util.List;

/** A row of the table: what is held against what, and what is to be reached. Has no state. */
interface Row {

  /** For {@code --only}: small letters, digits and hyphens. */
  String name();

  /** What it is about, as a heading. */
  String title();

  /** What it is to reach; empty if its figures are only stated. */
  List<Check> checks();

  /** How many rounds make sense for it. */
  default int rounds(int wanted) {
    return wanted;
  }

  /** Why it cannot be run here, in a sentence; empty if it can. */
  default String obstacle(Workshop workshop) {
    return "";
  }

  /** Starts what is to be measured, and lets it get warm. The caller closes the contest. */
  Contest open(Workshop workshop) throws Exception;
}
