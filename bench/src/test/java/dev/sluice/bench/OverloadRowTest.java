package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.LoadCost;
import dev.sluice.load.LoadCounts;
import dev.sluice.load.LoadResult;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class OverloadRowTest {

  private static final int MILLIS = 1_000_000;

  private static Histogram millis(int... values) {
    Histogram histogram = new Histogram(3);
    for (int value : values) {
      histogram.recordValue((long) value * MILLIS);
    }
    return histogram;
  }

  /** 10 were sent: 5 good answers, one of them late; 2 over their deadline, 2 refused, 1 lost. */
  @Test
  void answersAreSortedByWhatTheClientSees() {
    LoadResult result =
        new LoadResult(
            new LoadCounts(10, 5, 0, 4, 1, 0, 3),
            new TreeMap<>(Map.of(0, 5L, 4, 2L, 14, 2L)),
            millis(5, 6, 7, 150, 250),
            millis(1, 2, 200, 200),
            millis(),
            new LoadCost(2_000_000_000L, 5, 0, 0, 0),
            null);
    Sample sample = OverloadRow.sample(new Loading.Measured(result, 50_000, 0), 400, 2);
    assertThat(sample.get(Measure.GOODPUT)).isEqualTo(2); // 4 in 2 s
    assertThat(sample.get(Measure.REFUSED)).isEqualTo(1); // 2 in 2 s
    // Late: one slow, two expired, one lost, three that could not be sent; 4 were in time.
    assertThat(sample.get(Measure.LATE)).isEqualTo(100 * 7.0 / 11);
    assertThat(sample.get(Measure.CPU)).isEqualTo(10_000);
    assertThat(sample.get(Measure.REFUSED_P99)).isBetween(1_999.0, 2_002.0); // not the expired
    assertThat(sample.get(Measure.OFFERED)).isEqualTo(400);
  }
}
