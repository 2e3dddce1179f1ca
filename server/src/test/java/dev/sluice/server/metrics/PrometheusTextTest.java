package dev.sluice.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.metrics.Family.Distribution;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {

  @Test
  void familiesWithSamplesHaveHelpTypeAndLines() {
    Family empty = new Family("none", Kind.GAUGE, "Nothing.", List.of(), List.of());
    Family bytes =
        new Family("b", Kind.GAUGE, "Bytes.", List.of(), List.of(new Value(List.of(), 0.25)));
    Family requests =
        new Family(
            "r_total",
            Kind.COUNTER,
            "Requests.",
            List.of("model"),
            List.of(new Value(List.of("a\\\"\nb"), 4)));
    assertThat(PrometheusText.of(List.of(empty, bytes, requests)))
        .isEqualTo(
            """
            # HELP b Bytes.
            # TYPE b gauge
            b 0.25
            # HELP r_total Requests.
            # TYPE r_total counter
            r_total{model="a\\\\\\"\\nb"} 4
            """);
  }

  @Test
  void histogramIsInTheUnitOfItsName() {
    Histogram micros = new Histogram(Buckets.exponential(10, 10, 2));
    micros.record(5);
    micros.record(70);
    micros.record(500_000);
    Family family =
        new Family(
            "s",
            Kind.HISTOGRAM,
            "Seconds.",
            List.of("m"),
            List.of(
                new Distribution(List.of("x"), micros.tally(), List.of("1e-05", "0.0001"), 1e6)));
    assertThat(PrometheusText.of(List.of(family)))
        .isEqualTo(
            """
            # HELP s Seconds.
            # TYPE s histogram
            s_bucket{m="x",le="1e-05"} 1
            s_bucket{m="x",le="0.0001"} 2
            s_bucket{m="x",le="+Inf"} 3
            s_sum{m="x"} 0.500075
            s_count{m="x"} 3
            """);
  }

  @Test
  void numbersAreTheShortestThatSayWhichTheyAre() {
    assertThat(
            List.of(
                PrometheusText.number(3),
                PrometheusText.number(1e9),
                PrometheusText.number(0.1),
                PrometheusText.number(1.5e-7),
                PrometheusText.number(-1),
                PrometheusText.number(Double.NaN),
                PrometheusText.number(Double.POSITIVE_INFINITY)))
        .containsExactly("3", "1000000000", "0.1", "0.00000015", "-1", "NaN", "+Inf");
  }
}
