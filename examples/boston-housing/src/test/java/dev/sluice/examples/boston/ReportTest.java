package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

final class ReportTest {

  private static final Report REPORT =
      new Report(
          3,
          Path.of("a \"b\"\\c\n"),
          List.of(0.1f, 296f),
          24.880177f,
          2.5,
          9,
          12,
          List.of(
              new Weights(
                  "dense/kernel",
                  List.of(1, 3),
                  new float[] {0.1f, Float.MIN_VALUE, -3.4028235e38f}),
              new Weights("dense/bias", List.of(1), new float[] {-0f})));

  @Test
  void reportIsJson() {
    assertThat(REPORT.json())
        .isEqualTo(
            """
            {
              "version": 3,
              "path": "a \\"b\\"\\\\c\\u000a",
              "sample": [0.1, 296.0],
              "prediction": 24.880177,
              "test_rmse": 2.5,
              "mean_rmse": 9.0,
              "epochs": 12,
              "weights": {
                "dense/kernel": {"shape": [1, 3], "values": [0.1, 1.4E-45, -3.4028235E38]},
                "dense/bias": {"shape": [1], "values": [-0.0]}
              }
            }
            """);
  }

  @Test
  void languageOfTheUserDoesNotChangeNumbers() {
    String expected = REPORT.json();
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(REPORT.json()).isEqualTo(expected);
    } finally {
      Locale.setDefault(before);
    }
  }
}
