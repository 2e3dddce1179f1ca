package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.load.LoadPace.Arrivals;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  private static final long START = 1_000_000_007;

  @Test
  void constantArrivalsDoNotDrift() {
    Schedule schedule = new Schedule(open(3, Arrivals.CONSTANT), START, 0, 1);
    assertThat(next(schedule, 7))
        .containsExactly(
            START,
            START + 333_333_333,
            START + 666_666_667,
            START + 1_000_000_000,
            START + 1_333_333_333,
            START + 1_666_666_667,
            START + 2_000_000_000);
  }

  @Test
  void threadsShareConstantArrivalsInTurn() {
    List<Long> all = new ArrayList<>();
    for (int share = 0; share < 3; share++) {
      all.addAll(next(new Schedule(open(1000, Arrivals.CONSTANT), START, share, 3), 4));
    }
    assertThat(all)
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, 12).mapToObj(i -> START + i * 1_000_000).toList());
  }

  /** Gaps of a Poisson process have a mean, and a deviation as large. */
  @Test
  void poissonArrivalsHaveTheGapsOfIndependentClients() {
    List<Long> times = next(new Schedule(open(1000, Arrivals.POISSON), START, 0, 1), 100_000);
    double mean = (times.getLast() - times.getFirst()) / 99_999.0;
    double squares = 0;
    for (int i = 1; i < times.size(); i++) {
      squares += Math.pow(times.get(i) - times.get(i - 1) - mean, 2);
    }
    assertThat(mean).isCloseTo(1e6, within(2e4));
    assertThat(Math.sqrt(squares / 99_999)).isCloseTo(1e6, within(3e4));
  }

  @Test
  void poissonArrivalsOfThreadsAreIndependentAndMakeTheRate() {
    List<Long> first = next(new Schedule(open(1000, Arrivals.POISSON), START, 0, 2), 10_000);
    List<Long> second = next(new Schedule(open(1000, Arrivals.POISSON), START, 1, 2), 10_000);
    assertThat(first).isNotEqualTo(second);
    assertThat((first.getLast() - START) / 10_000.0).isCloseTo(2e6, within(8e4));
  }

  private static LoadPace.Open open(double perSecond, Arrivals arrivals) {
    return new LoadPace.Open(perSecond, arrivals, 1, 1);
  }

  private static List<Long> next(Schedule schedule, int count) {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      times.add(schedule.next());
      schedule.advance();
    }
    return times;
  }
}
