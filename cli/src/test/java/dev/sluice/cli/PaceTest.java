package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTest {

  private static final long MILLI = 1_000_000;

  private long now = 77;
  private final List<Long> waits = new ArrayList<>();

  private Pace pace(double perSecond) {
    return new Pace(
        perSecond,
        () -> now,
        nanos -> {
          waits.add(nanos);
          now += nanos;
        });
  }

  @Test
  void requestsAreDueAtTheirOwnTimes() {
    Pace pace = pace(100);
    pace.await();
    now += 3 * MILLI;
    pace.await();
    assertThat(waits).containsExactly(7 * MILLI);
    now += 25 * MILLI;
    pace.await();
    pace.await();
    assertThat(waits).as("those that are late go at once").hasSize(1);
    pace.await();
    assertThat(waits)
        .as("the next is at its time all the same")
        .containsExactly(7 * MILLI, 5 * MILLI);
  }

  @Test
  void withoutARateNothingWaits() {
    Pace pace = pace(0);
    for (int i = 0; i < 3; i++) {
      pace.await();
    }
    assertThat(waits).isEmpty();
  }
}
