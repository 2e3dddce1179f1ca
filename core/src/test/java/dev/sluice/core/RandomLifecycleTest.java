package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A manager under random lists of versions, failures, slow loads, reloads and look-ups, watched by
 * {@link LifecycleWatch}. A round depends on its seed as far as threads allow; {@code
 * -Dsluice.seed=N} begins with that one, {@code -Dsluice.lifecycle.seconds=N} says for how long.
 */
class RandomLifecycleTest {

  private static final int STEPS = 150;

  /** Thousands of versions say much, and what counts is what the watch has seen. */
  private static final Logger LOG = Logger.getLogger("dev.sluice.core");

  @BeforeAll
  static void quiet() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void aloud() {
    LOG.setLevel(null);
  }

  @Test
  void fewRandomLivesKeepEveryPromise() throws InterruptedException {
    long seed = Long.getLong("sluice.seed", 1);
    for (int round = 0; round < 6; round++) {
      live(seed + round);
    }
  }

  @Tag("stress")
  @Test
  void randomLivesKeepEveryPromise() throws InterruptedException {
    long seed = Long.getLong("sluice.seed", System.nanoTime() % 1_000_000);
    Duration length = Duration.ofSeconds(Long.getLong("sluice.lifecycle.seconds", 120));
    long end = System.nanoTime() + length.toNanos();
    int rounds = 0;
    while (System.nanoTime() < end) {
      live(seed + rounds++);
    }
    System.out.printf(
        "Random lives: %d rounds from seed %d, each kept its promises%n", rounds, seed);
  }

  private static void live(long seed) throws InterruptedException {
    RandomLife life = new RandomLife(seed);
    try {
      life.run(STEPS);
    } finally {
      assertThat(life.violation()).as("seed %d, %s", seed, life.options()).isNull();
    }
  }
}
