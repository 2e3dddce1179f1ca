package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are traced, and where their spans go: by Sluice's flags, and by the variables that
 * OpenTelemetry has for it. Immutable.
 *
 * @param endpoint where they are sent, by OTLP over HTTP
 * @param headers what is sent with them; may be a secret
 * @param gzip whether they are compressed
 * @param timeout how long the collector may take for a batch; more than zero
 * @param resource what they say of the server; {@code service.name} is among it
 */
public record TraceSettings(
    URI endpoint,
    Map<String, String> headers,
    boolean gzip,
    Duration timeout,
    SequencedMap<String, String> resource,
    Sampling sampling,
    Waiting waiting) {

  /**
   * Which requests are traced.
   *
   * @param followsCaller whether a caller that is traced, or is not, decides
   * @param share of the others, 0 to 1
   */
  public record Sampling(boolean followsCaller, double share) {}

  /**
   * How spans wait to be sent.
   *
   * @param most how many may wait; at least 1
   * @param batch how many are sent together at most; at least 1
   * @param delay how long the first of them waits for others
   */
  public record Waiting(int most, int batch, Duration delay) {}

  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  private static final String EXPORTER = "OTEL_TRACES_EXPORTER";
  private static final String SAMPLER = "OTEL_TRACES_SAMPLER";
  private static final String SAMPLER_ARGUMENT = "OTEL_TRACES_SAMPLER_ARG";
  private static final String PARENT_BASED = "parentbased_";
  private static final String PATH = "/v1/traces";
  private static final String LOCAL = "http://localhost:4318";
  private static final String SERVICE = "service.name";

  /**
   * What flags and environment say.
   *
   * @return null if nothing is to be traced, which is so unless an endpoint is given
   * @throws StatusException INVALID_ARGUMENT for a value that makes no sense
   */
  static @Nullable TraceSettings of(ServerOptions options, Map<String, String> environment) {
    float rate = options.float32(Flag.TRACE_SAMPLING_RATE);
    if (!(rate >= 0 && rate <= 1)) {
      throw StatusException.invalidArgument(
          "--%s is %s, expected 0 to 1", Flag.TRACE_SAMPLING_RATE.label(), rate);
    }
    HostVariables variables = new HostVariables(environment);
    URI endpoint = endpoint(options, variables);
    if (endpoint == null || isOff(variables)) {
      return null;
    }
    requireProtocol(variables);
    return new TraceSettings(
        endpoint,
        TraceVariables.headers(signal(variables, "HEADERS"), variables),
        isGzip(variables),
        Duration.ofMillis(TraceVariables.number(signal(variables, "TIMEOUT"), variables, 10_000)),
        resource(variables),
        sampling(rate, variables),
        waiting(variables));
  }

  /** The flag, else the variable for traces, else that for all signals. */
  private static @Nullable URI endpoint(ServerOptions options, HostVariables variables) {
    String flag = options.string(Flag.TRACE_ENDPOINT);
    if (!flag.isEmpty()) {
      String name = "--" + Flag.TRACE_ENDPOINT.label();
      URI given = TraceVariables.url(name, flag);
      return given.getPath().length() > 1 ? given : TraceVariables.url(name, below(flag));
    }
    if (variables.has(TRACES_ENDPOINT)) {
      return TraceVariables.url(TRACES_ENDPOINT, variables.text(TRACES_ENDPOINT, ""));
    }
    if (variables.has(ENDPOINT)) {
      String base = variables.text(ENDPOINT, "");
      var _ = TraceVariables.url(ENDPOINT, base); // so that it is told as it was given
      return TraceVariables.url(ENDPOINT, below(base));
    }
    return variables.text(EXPORTER, "").equals("otlp")
        ? TraceVariables.url(EXPORTER, below(LOCAL))
        : null;
  }

  private static String below(String base) {
    return (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + PATH;
  }

  private static boolean isOff(HostVariables variables) {
    String exporter = variables.text(EXPORTER, "otlp");
    if (!exporter.equals("otlp") && !exporter.equals("none")) {
      throw StatusException.invalidArgument("%s is %s, expected otlp or none", EXPORTER, exporter);
    }
    return exporter.equals("none") || variables.bool("OTEL_SDK_DISABLED");
  }

  /** The variable for traces where it is set, else that for all signals. */
  private static String signal(HostVariables variables, String what) {
    String ofTraces = "OTEL_EXPORTER_OTLP_TRACES_" + what;
    return variables.has(ofTraces) ? ofTraces : "OTEL_EXPORTER_OTLP_" + what;
  }

  private static void requireProtocol(HostVariables variables) {
    String name = signal(variables, "PROTOCOL");
    String given = variables.text(name, "http/protobuf");
    if (!given.equals("http/protobuf")) {
      throw StatusException.invalidArgument(
          "%s is %s, expected http/protobuf, for which collectors listen on port 4318",
          name, given);
    }
  }

  private static boolean isGzip(HostVariables variables) {
    String name = signal(variables, "COMPRESSION");
    String given = variables.text(name, "none");
    if (!given.equals("none") && !given.equals("gzip")) {
      throw StatusException.invalidArgument("%s is %s, expected none or gzip", name, given);
    }
    return given.equals("gzip");
  }

  private static SequencedMap<String, String> resource(HostVariables variables) {
    SequencedMap<String, String> resource = new LinkedHashMap<>();
    resource.put(SERVICE, "sluice");
    resource.putAll(TraceVariables.pairs("OTEL_RESOURCE_ATTRIBUTES", variables));
    if (variables.has("OTEL_SERVICE_NAME")) {
      resource.put(SERVICE, variables.text("OTEL_SERVICE_NAME", ""));
    }
    return resource;
  }

  private static Sampling sampling(float rate, HostVariables variables) {
    if (rate != 1) {
      return new Sampling(true, rate);
    }
    String name = variables.text(SAMPLER, PARENT_BASED + "always_on");
    boolean follows = name.startsWith(PARENT_BASED);
    String root = follows ? name.substring(PARENT_BASED.length()) : name;
    return switch (root) {
      case "always_on" -> new Sampling(follows, 1);
      case "always_off" -> new Sampling(follows, 0);
      case "traceidratio" ->
          new Sampling(follows, TraceVariables.share(SAMPLER_ARGUMENT, variables));
      default ->
          throw StatusException.invalidArgument(
              "%s is %s, expected always_on, always_off or traceidratio, or one of them after %s",
              SAMPLER, name, PARENT_BASED);
    };
  }

  private static Waiting waiting(HostVariables variables) {
    int most = TraceVariables.number("OTEL_BSP_MAX_QUEUE_SIZE", variables, 2048);
    int batch = TraceVariables.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", variables, 512);
    int delay = TraceVariables.number("OTEL_BSP_SCHEDULE_DELAY", variables, 5000);
    return new Waiting(most, Math.min(batch, most), Duration.ofMillis(delay));
  }
}
