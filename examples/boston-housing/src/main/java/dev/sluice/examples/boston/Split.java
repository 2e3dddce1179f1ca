package dev.sluice.examples.boston;

import java.util.Random;

/**
 * Who sees which areas: a fifth is kept for the test at the end; a tenth of the rest says when to
 * stop training.
 */
record Split(Housing training, Housing validation, Housing test) {

  /**
   * @param random the same seed gives the same split
   */
  static Split of(Housing all, Random random) {
    Housing shuffled = all.shuffled(random);
    int test = Math.round(all.size() * 0.2f);
    int validation = Math.round((all.size() - test) * 0.1f);
    return new Split(
        shuffled.slice(test + validation, all.size()),
        shuffled.slice(test, test + validation),
        shuffled.slice(0, test));
  }
}
