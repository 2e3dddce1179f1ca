package dev.sluice.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How often a count is told of. */
class CountWatchTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong count = new AtomicLong(5);
  private final List<Long> told = new CopyOnWriteArrayList<>();
  private final CountWatch watch = new CountWatch(nanos::get);

  CountWatchTest() {
    watch.add(
        count::get,
        times -> {
          told.add(times);
          return LogEvent.of("too_many", "Too many: " + times);
        });
  }

  private void passes(long millis) {
    nanos.addAndGet(millis * 1_000_000);
    watch.look();
  }

  @Test
  void firstTimeIsToldAtOnceAndTheRestOncePerPeriod() {
    passes(0);
    assertThat(told).isEmpty(); // what was counted before does not count
    count.addAndGet(3);
    passes(1000);
    assertThat(told).containsExactly(3L);
    count.addAndGet(100);
    passes(1000);
    count.addAndGet(20);
    passes(CountWatch.QUIET.toMillis() - 1001);
    assertThat(told).containsExactly(3L);
    passes(1);
    assertThat(told).containsExactly(3L, 120L);
    passes(60_000);
    assertThat(told).hasSize(2);
  }

  @Test
  void endTellsWhatIsNotToldYetAndNothingComesAfterIt() {
    count.addAndGet(1);
    passes(1);
    count.addAndGet(7);
    watch.close();
    count.addAndGet(9);
    passes(100_000);
    assertThat(told).containsExactly(1L, 7L);
  }

  @Test
  void countThatBeginsAgainIsNotToldForIt() {
    count.set(1);
    passes(1);
    count.set(3);
    passes(1);
    assertThat(told).containsExactly(2L);
  }
}
