package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.server.LogRecorder;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What flags and OpenTelemetry's variables say of traces. */
class TraceSettingsTest {

  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  private static final Map<String, String> ON = Map.of(ENDPOINT, "http://c:4318");

  private static TraceSettings of(Map<String, String> environment, String... flags) {
    List<String> all = new ArrayList<>(List.of("--model_base_path=/m"));
    all.addAll(List.of(flags));
    CommandLine line = new CommandLine("x", 2, new CommandLine.Versions("1", "2"));
    ServerOptions options = ((CommandLine.Outcome.Start) line.parse(all)).options();
    return StartConfig.resolve(options, null, environment, new LogRecorder()).traces();
  }

  private static Map<String, String> with(String name, String value) {
    Map<String, String> environment = new HashMap<>(ON);
    environment.put(name, value);
    return environment;
  }

  @Test
  void nothingIsTracedUnlessAnEndpointIsGiven() {
    assertThat(of(Map.of())).isNull();
    assertThat(of(Map.of(ENDPOINT, "", "OTEL_SERVICE_NAME", "x"), "--trace_sampling_rate=0.5"))
        .isNull();
    assertThat(of(with("OTEL_SDK_DISABLED", "true"))).isNull();
    assertThat(of(with("OTEL_TRACES_EXPORTER", "none"))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "http://h:4318, http://h:4318/v1/traces",
    "http://h:4318/, http://h:4318/v1/traces",
    "https://h/otlp, https://h/otlp",
  })
  void flagIsAServerOrAWholeAddress(String flag, String endpoint) {
    assertThat(of(ON, "--trace_endpoint=" + flag).endpoint()).hasToString(endpoint);
  }

  @Test
  void variablesOfTracesComeBeforeThoseOfAllSignals() {
    assertThat(of(Map.of(ENDPOINT, "http://h/a/")).endpoint()).hasToString("http://h/a/v1/traces");
    assertThat(of(with(TRACES_ENDPOINT, "http://t/b")).endpoint()).hasToString("http://t/b");
    assertThat(of(Map.of("OTEL_TRACES_EXPORTER", "otlp")).endpoint())
        .hasToString("http://localhost:4318/v1/traces");
    Map<String, String> both = with("OTEL_EXPORTER_OTLP_TIMEOUT", "7");
    assertThat(of(both).timeout()).isEqualTo(Duration.ofMillis(7));
    both.put("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "8");
    assertThat(of(both).timeout()).isEqualTo(Duration.ofMillis(8));
  }

  @Test
  void restIsAsOpenTelemetrySays() {
    TraceSettings settings = of(ON);
    assertThat(settings.headers()).isEmpty();
    assertThat(settings.gzip()).isFalse();
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.resource()).containsExactly(Map.entry("service.name", "sluice"));
    assertThat(settings.sampling()).isEqualTo(new TraceSettings.Sampling(true, 1));
    assertThat(settings.waiting())
        .isEqualTo(new TraceSettings.Waiting(2048, 512, Duration.ofSeconds(5)));
  }

  @Test
  void pairsArePercentEncoded() {
    Map<String, String> given = with("OTEL_EXPORTER_OTLP_HEADERS", "a=b%20c, d=e+f==,");
    given.put("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,zone=eu%2C1");
    given.put("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    TraceSettings settings = of(given);
    assertThat(settings.headers()).isEqualTo(Map.of("a", "b c", "d", "e+f=="));
    assertThat(settings.resource()).isEqualTo(Map.of("service.name", "mine", "zone", "eu,1"));
    assertThat(settings.gzip()).isTrue();
    given.put("OTEL_SERVICE_NAME", "theirs");
    assertThat(of(given).resource()).containsEntry("service.name", "theirs");
  }

  @ParameterizedTest
  @CsvSource({
    "always_on, false, 1",
    "always_off, false, 0",
    "traceidratio, false, 0.25",
    "parentbased_always_on, true, 1",
    "parentbased_always_off, true, 0",
    "parentbased_traceidratio, true, 0.25",
  })
  void samplersAreOpenTelemetrys(String sampler, boolean followsCaller, double share) {
    Map<String, String> given = with("OTEL_TRACES_SAMPLER", sampler);
    given.put("OTEL_TRACES_SAMPLER_ARG", "0.25");
    assertThat(of(given).sampling()).isEqualTo(new TraceSettings.Sampling(followsCaller, share));
    assertThat(of(given, "--trace_sampling_rate=0.5").sampling())
        .as("the flag comes first")
        .isEqualTo(new TraceSettings.Sampling(true, 0.5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OTEL_EXPORTER_OTLP_ENDPOINT | collector:4318 | OTEL_EXPORTER_OTLP_ENDPOINT is"
            + " collector:4318, expected a URL, such as http://localhost:4318",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | ftp://x | expected a URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT | http://a b | expected a URL",
        "OTEL_TRACES_EXPORTER | zipkin | OTEL_TRACES_EXPORTER is zipkin, expected otlp or none",
        "OTEL_SDK_DISABLED | yes | OTEL_SDK_DISABLED is yes, expected true or false",
        "OTEL_EXPORTER_OTLP_PROTOCOL | grpc | OTEL_EXPORTER_OTLP_PROTOCOL is grpc, expected"
            + " http/protobuf, for which collectors listen on port 4318",
        "OTEL_EXPORTER_OTLP_COMPRESSION | zstd | is zstd, expected none or gzip",
        "OTEL_EXPORTER_OTLP_TIMEOUT | 0 | is 0, expected 1 to 999999999",
        "OTEL_BSP_MAX_QUEUE_SIZE | many | is many, expected 1 to 999999999",
        "OTEL_TRACES_SAMPLER | jaeger_remote | OTEL_TRACES_SAMPLER is jaeger_remote, expected",
        "OTEL_EXPORTER_OTLP_HEADERS | secret | OTEL_EXPORTER_OTLP_HEADERS: item 1 is not of the"
            + " form key=value",
        "OTEL_EXPORTER_OTLP_HEADERS | a b=secret | has a b, which can't be a header",
        "OTEL_EXPORTER_OTLP_HEADERS | Host=secret | has Host, which can't be a header",
        "OTEL_EXPORTER_OTLP_HEADERS | a=secret%0Ab | has control characters",
        "OTEL_EXPORTER_OTLP_HEADERS | a=secret%zz | has a value that is not percent-encoded",
      })
  void valuesThatMakeNoSenseAreReasonsNotToStart(String name, String value, String why) {
    assertThatThrownBy(() -> of(with(name, value)))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
              assertThat(failure.getMessage()).contains(why).doesNotContain("secret");
            });
  }

  @Test
  void flagsThatMakeNoSenseAreReasonsNotToStart() {
    assertThatThrownBy(() -> of(Map.of(), "--trace_endpoint=localhost"))
        .hasMessage("--trace_endpoint is localhost, expected a URL, such as http://localhost:4318");
    assertThatThrownBy(() -> of(Map.of(), "--trace_sampling_rate=1.5"))
        .hasMessage("--trace_sampling_rate is 1.5, expected 0 to 1");
    Map<String, String> share = with("OTEL_TRACES_SAMPLER", "traceidratio");
    share.put("OTEL_TRACES_SAMPLER_ARG", "7");
    assertThatThrownBy(() -> of(share)).hasMessage("OTEL_TRACES_SAMPLER_ARG is 7, expected 0 to 1");
  }
}
