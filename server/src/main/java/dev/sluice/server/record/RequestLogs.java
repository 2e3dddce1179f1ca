package dev.sluice.server.record;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.proto.config.LogCollectorConfig;
import dev.sluice.proto.config.LoggingConfig;
import dev.sluice.proto.config.PerTaskSamplingConfig;
import dev.sluice.proto.config.SamplingConfig;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The request logs of all models. Models with the same config share one, and a config that stays
 * keeps its log and the file that is open. Thread-safe; whether a request is logged takes no lock.
 */
public final class RequestLogs implements AutoCloseable {

  /**
   * How logs are kept.
   *
   * @param records in a file, at least 1
   * @param files of a log, at least 1
   * @param tags of the MetaGraph that models are loaded by
   */
  public record Options(int records, int files, List<String> tags) {

    public Options {
      tags = List.copyOf(tags);
    }
  }

  private final Options options;
  private final LogFiles.Opener opener;
  private final RequestLog.Surroundings surroundings;
  private final RequestLogObserver observer;
  private final LongAdder missing = new LongAdder();

  /** Replaced as a whole, under the lock. */
  private volatile Map<String, RequestLog> byModel = Map.of();

  @GuardedBy("this") private Map<LoggingConfig, RequestLog> byConfig = Map.of();

  @GuardedBy("this") private boolean closed;

  /** Without any log yet. */
  public RequestLogs(Options options, RequestLogObserver observer) {
    this(
        options,
        observer,
        LogFiles.Opener.FILES,
        new RequestLog.Surroundings(
            () -> ThreadLocalRandom.current().nextDouble(),
            InstantSource.system(),
            System::nanoTime));
  }

  RequestLogs(
      Options options,
      RequestLogObserver observer,
      LogFiles.Opener opener,
      RequestLog.Surroundings surroundings) {
    this.options = options;
    this.observer =
        (model, outcome) -> {
          if (outcome != StatusCode.OK) {
            missing.increment();
          }
          observer.logged(model, outcome);
        };
    this.opener = opener;
    this.surroundings = surroundings;
  }

  /**
   * Has these models logged as their configs say, and no others; none where this is closed. Returns
   * when the logs that nobody uses any more are written.
   *
   * @throws StatusException NOT_FOUND for a type that there is not; then nothing has changed
   */
  public void update(List<ModelEntry> models) {
    models.forEach(model -> format(model.logging()));
    LogSink.close(replaced(models).stream().map(RequestLog::sink).toList());
  }

  /** The logs that nobody uses any more. */
  private synchronized Set<RequestLog> replaced(List<ModelEntry> models) {
    Map<String, RequestLog> next = new HashMap<>();
    Map<LoggingConfig, RequestLog> configs = new HashMap<>();
    for (ModelEntry model : closed ? List.<ModelEntry>of() : models) {
      if (isOn(model.logging())) {
        next.put(model.name(), configs.computeIfAbsent(model.logging(), this::kept));
      }
    }
    Set<RequestLog> unused = new HashSet<>(byConfig.values());
    unused.removeAll(configs.values());
    byModel = Map.copyOf(next);
    byConfig = configs;
    return unused;
  }

  private static boolean isOn(LoggingConfig config) {
    return format(config) != null;
  }

  /** The format that a config asks for; null if it names none. */
  private static @Nullable LogFormat format(LoggingConfig config) {
    String type = config.getLogCollectorConfig().getType();
    if (type.isEmpty()) {
      return null;
    }
    return Stream.of(LogFormat.values())
        .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(type))
        .findFirst()
        .orElseThrow(
            () -> StatusException.notFound("Cannot find LogCollector::Factory for type: %s", type));
  }

  @GuardedBy("this") private RequestLog kept(LoggingConfig config) {
    RequestLog known = byConfig.get(config);
    return known != null ? known : made(config);
  }

  private RequestLog made(LoggingConfig config) {
    LogCollectorConfig collector = config.getLogCollectorConfig();
    LogFormat format = format(config);
    if (format == null) {
      throw new IllegalArgumentException("no type in " + config);
    }
    LogFiles files =
        new LogFiles(
            collector.getFilenamePrefix(),
            format,
            new LogFiles.Limits(options.records(), options.files()),
            opener,
            surroundings.clock());
    LogSink sink =
        LogSink.start(
            new LogSink.Parts(
                collector.getFilenamePrefix(), format, files, observer, surroundings.nanoTime()));
    return new RequestLog(
        effective(config.getSamplingConfig()), options.tags(), sink, observer, surroundings);
  }

  /**
   * With the rate that is in force: that of the first entry for tasks that is for this one, which
   * has neither a data centre nor a number.
   */
  static SamplingConfig effective(SamplingConfig config) {
    double rate = config.getSamplingRate();
    for (PerTaskSamplingConfig task : config.getPerTaskSamplingConfigsList()) {
      if (task.getDc().isEmpty() && !task.hasTaskIndex()) {
        rate = task.getSamplingRate();
        break;
      }
    }
    return config.toBuilder().setSamplingRate(rate).build();
  }

  /**
   * The log of a model, if the request at hand is one of those that are logged; else null. Cheap.
   */
  public @Nullable RequestLog sampled(String model) {
    Map<String, RequestLog> logs = byModel;
    if (logs.isEmpty()) {
      return null;
    }
    RequestLog log = logs.get(model);
    return log != null && log.samples() ? log : null;
  }

  /** How many requests were to be logged and are in no log, whatever the reason. */
  public long missing() {
    return missing.sum();
  }

  /** Writes what waits. What comes later is not logged. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    update(List.of());
  }
}
