package dev.sluice.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Value;
import dev.sluice.testkit.Spec;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Byte by byte, what TensorFlow Serving's exporter writes. */
class ReferenceTextTest {

  private static String page(String name, Kind kind, List<String> labels, Family.Sample sample) {
    return ReferenceText.of(List.of(new Family(name, kind, "help", labels, List.of(sample))));
  }

  @Test
  @Spec("PM-1")
  void counterHasATypeAndALine() {
    assertThat(
            page("/test/path/total", Kind.COUNTER, List.of("name"), new Value(List.of("abc"), 2)))
        .isEqualTo("# TYPE :test:path:total counter\n:test:path:total{name=\"abc\"} 2\n");
  }

  @Test
  @Spec("PM-2")
  void gaugeHasItsLabelsInTheirOrder() {
    assertThat(
            page(
                "/test/path/gague",
                Kind.GAUGE,
                List.of("x", "y"),
                new Value(List.of("abc", "def"), 5)))
        .isEqualTo("# TYPE :test:path:gague gauge\n:test:path:gague{x=\"abc\",y=\"def\"} 5\n");
  }

  @Test
  @Spec("PM-3")
  void valueThatEqualsALimitIsInTheNextBucket() {
    Histogram values = new Histogram(Buckets.powersOfTwo(10));
    values.record(2);
    values.record(20);
    values.record(200);
    String name = ":test:path:histogram";
    StringBuilder expected = new StringBuilder("# TYPE " + name + " histogram\n");
    int[] sofar = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3};
    for (int i = 0; i < sofar.length; i++) {
      expected.append(name + "_bucket{status=\"good\",le=\"" + (1 << i) + "\"} " + sofar[i] + "\n");
    }
    expected.append(name + "_bucket{status=\"good\",le=\"+Inf\"} 3\n");
    expected.append(name + "_sum{status=\"good\"} 222\n");
    expected.append(name + "_count{status=\"good\"} 3\n");

    assertThat(
            page(
                "/test/path/histogram",
                Kind.HISTOGRAM,
                List.of("status"),
                Family.plain(List.of("good"), values.tally())))
        .isEqualTo(expected.toString());
  }

  @Test
  @Spec("PM-4")
  void namesAreCleanedAndValuesEscaped() {
    assertThat(
            page(
                "0/path-total_count",
                Kind.COUNTER,
                List.of("my-name+1", "2nd"),
                new Value(List.of("\"abc\\\"", "a\nb"), 1)))
        .isEqualTo(
            "# TYPE _0:path:total_count counter\n"
                + "_0:path:total_count{my_name_1=\"\\\"abc\\\\\\\"\",_2nd=\"a\\nb\"} 1\n");
  }

  @Test
  void numberWithoutLabelsHasBracesAndHistogramOnlyItsLimit() {
    Histogram values = new Histogram(Buckets.powersOfTwo(1));
    values.record(0);
    assertThat(page("n", Kind.COUNTER, List.of(), new Value(List.of(), 3)))
        .isEqualTo("# TYPE n counter\nn{} 3\n");
    assertThat(page("h", Kind.HISTOGRAM, List.of(), Family.plain(List.of(), values.tally())))
        .isEqualTo(
            "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
                + "h_sum{} 0\nh_count{} 1\n");
  }

  @Test
  void familiesAreSortedByTheNamesInsideAndAreThereWithoutSamples() {
    Family second = new Family("/a_b", Kind.COUNTER, "", List.of(), List.of());
    Family first = new Family("/a/b", Kind.HISTOGRAM, "", List.of(), List.of());
    assertThat(ReferenceText.of(List.of(second, first)))
        .isEqualTo("# TYPE :a:b histogram\n# TYPE :a_b counter\n");
  }

  @Test
  void limitsAreThoseOfTheReference() {
    assertThat(Buckets.LATENCY.texts().stream().collect(Collectors.joining(" ")))
        .isEqualTo(
            "10 18 32.4 58.32 104.976 188.957 340.122 612.22 1102 1983.59 3570.47 6426.84 11568.3"
                + " 20823 37481.3 67466.4 121440 218591 393464 708235 1.27482e+06 2.29468e+06"
                + " 4.13043e+06 7.43477e+06 1.33826e+07 2.40887e+07 4.33596e+07 7.80473e+07"
                + " 1.40485e+08 2.52873e+08 4.55172e+08 8.19309e+08 1.47476e+09");
    assertThat(Buckets.QUEUEING.texts().stream().collect(Collectors.joining(" ")))
        .isEqualTo(
            "100 120 144 172.8 207.36 248.832 298.598 358.318 429.982 515.978 619.174 743.008"
                + " 891.61 1069.93 1283.92 1540.7 1848.84 2218.61 2662.33 3194.8 3833.76 4600.51"
                + " 5520.61 6624.74 7949.68 9539.62 11447.5 13737.1 16484.5 19781.4 23737.6"
                + " 28485.2 34182.2 41018.6 49222.4 59066.8 70880.2 85056.2 102067 122481 146977"
                + " 176373 211647 253977 304772 365726 438871 526646 631975 758370 910044"
                + " 1.09205e+06");
    assertThat(Buckets.powersOfTwo(14).texts()).hasSize(14).endsWith("4096", "8192");
  }

  @Test
  void eachValueGoesIntoTheBucketBelowItsLimit() {
    for (Buckets buckets : List.of(Buckets.LATENCY, Buckets.QUEUEING, Buckets.STAGE)) {
      for (long value = 0;
          value < 1_000_000;
          value = value < 3000 ? value + 1 : value * 101 / 100) {
        int bucket = buckets.of(value);
        String text = "bucket %d of %d".formatted(bucket, value);
        double low = bucket == 0 ? -1 : Double.parseDouble(buckets.texts().get(bucket - 1));
        double high = Double.parseDouble(buckets.texts().get(bucket));
        // Texts are rounded to six digits.
        assertThat((double) value).as(text).isBetween(low - low * 1e-5, high + high * 1e-5);
      }
    }
    assertThat(Buckets.LATENCY.of(17)).isEqualTo(1);
    assertThat(Buckets.LATENCY.of(18)).isEqualTo(2);
    assertThat(Buckets.LATENCY.of(32)).isEqualTo(2);
    assertThat(Buckets.LATENCY.of(33)).isEqualTo(3);
    assertThat(Buckets.LATENCY.of(Long.MAX_VALUE)).isEqualTo(33);
    assertThat(Buckets.powersOfTwo(14).of(8191)).isEqualTo(13);
    assertThat(Buckets.powersOfTwo(14).of(8192)).isEqualTo(14);
  }

  @Test
  void sixDigitsAreThoseOfC() {
    assertThat(
            List.of(
                SixDigits.of(0),
                SixDigits.of(222),
                SixDigits.of(123456),
                SixDigits.of(1234565),
                SixDigits.of(999999.5),
                SixDigits.of(0.0001),
                SixDigits.of(0.00001),
                SixDigits.of(-1.5),
                SixDigits.of(-2e20),
                SixDigits.of(1e100)))
        .containsExactly(
            "0",
            "222",
            "123456",
            "1.23456e+06",
            "1e+06",
            "0.0001",
            "1e-05",
            "-1.5",
            "-2e+20",
            "1e+100");
  }
}
