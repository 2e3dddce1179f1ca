package dev.sluice.server;

import dev.sluice.batching.Batching;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.AspiredVersionsManager;
import dev.sluice.core.AvailabilityPreservingPolicy;
import dev.sluice.core.EventBus;
import dev.sluice.core.FileSystemSource;
import dev.sluice.core.HeldVersion;
import dev.sluice.core.LoaderAdapter;
import dev.sluice.core.ManagerOptions;
import dev.sluice.core.ResourcePreservingPolicy;
import dev.sluice.core.ServableData;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableStateMonitor;
import dev.sluice.core.Target;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.server.grpc.GrpcServer;
import dev.sluice.server.grpc.Health;
import dev.sluice.server.log.AccessLog;
import dev.sluice.server.log.CountWatch;
import dev.sluice.server.log.LogEvent;
import dev.sluice.server.log.VersionLog;
import dev.sluice.server.metrics.LoadTimes;
import dev.sluice.server.metrics.MetricsPages;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.record.RequestLogs;
import dev.sluice.server.record.WarmUp;
import dev.sluice.server.record.WarmUpObserver;
import dev.sluice.server.trace.SpanTraces;
import dev.sluice.server.trace.Traces;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.BackgroundThread;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A running server: storage watched, versions loaded, ports open. TensorFlow is loaded before.
 *
 * <p>{@link #start} puts the parts together in the order in which they depend on each other and
 * {@link #close} takes them apart in the reverse order: first no new requests, then the running
 * ones, then the models.
 */
public final class ModelServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  /** Requests that may wait for a run. */
  private static final int WAITING_RUNS = 10_000;

  private final ServerOptions options;
  private final AspiredVersionsManager manager;
  private final FileSystemSource source;
  private final FirstLoads firstLoads;
  private final RunScheduler scheduler;
  private final Decoders decoders;
  private final Transport transport;
  private final VersionLabels labels;
  private final ModelReload reload;
  private final Inference inference;
  private final VersionLoaders loaders;
  private final Ports ports;
  private final Health health;
  private final Readiness readiness;
  private final InFlightBytes inFlight;
  private final ServerMetrics metrics;
  private final VersionLog versionLog = new VersionLog();
  private final CountWatch counts = new CountWatch(System::nanoTime);
  private final @Nullable AccessLog access;
  private final RequestLogs requestLogs;
  private final @Nullable Traces traces;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Whether the first loads are over, so that others must leave the processors to requests. */
  private volatile boolean serving;

  private ModelServer(StartConfig config) {
    this.options = config.options();
    this.access = options.accessLog().isEmpty() ? null : AccessLog.open(options.accessLog());
    int cpus = Runtime.getRuntime().availableProcessors();
    EventBus<ServableState> bus = new EventBus<>();
    ServableStateMonitor monitor = new ServableStateMonitor(bus);
    this.firstLoads =
        new FirstLoads(
            config.models().stream().map(ModelEntry::name).toList(),
            options.modelConfigIsolation());
    bus.subscribe(versionLog::changed);
    bus.subscribe(this::watch);
    this.health = new Health(config.models().stream().map(ModelEntry::name).toList());
    bus.subscribe(health::changed);
    this.labels = new VersionLabels(id -> isAvailable(monitor, id));
    bus.subscribe(labels::changed);
    assignLabels(config.models());
    this.manager = new AspiredVersionsManager(managerOptions(options, 4 * cpus), bus);
    this.source = VersionSource.of(config);
    ServedModels models = new ServedModels(manager, monitor, labels);
    this.metrics = options.metrics() ? ServerMetrics.on(models::isKnown) : ServerMetrics.off();
    this.requestLogs = requestLogs(config, metrics);
    LoadTimes loads = new LoadTimes();
    bus.subscribe(loads::changed);
    this.readiness = new Readiness(models, config.models().stream().map(ModelEntry::name).toList());
    bus.subscribe(readiness::changed);
    this.reload = reload(config, monitor);
    bus.subscribe(reload::changed);
    // In TensorFlow Serving a request holds a thread while it runs, so these flags bound the runs.
    int runners = Math.max(options.grpcMaxThreads(), options.restApiThreads());
    this.scheduler =
        new RunScheduler(
            new RunScheduler.Options(
                runners,
                WAITING_RUNS,
                System::nanoTime,
                Transport::turn,
                observed(config.batching(), metrics),
                () -> BackgroundThread.lower(BackgroundThread.RUNS)));
    this.decoders = new Decoders(cpus);
    this.traces = config.traces() == null ? null : SpanTraces.start(config.traces());
    this.transport = Transport.open(cpus);
    this.inference =
        new Inference(
            models,
            scheduler,
            new Inference.Options(
                new TensorBudget(options.maxTensorBytes()),
                options.signatureMethodNameCheck(),
                metrics,
                requestLogs,
                traces));
    this.loaders =
        new VersionLoaders(
            config,
            new VersionLoaders.Surroundings(
                scheduler,
                metrics,
                new WarmUp(inference, config.warmUp(), warmUps(metrics)),
                versionLog,
                firstLoads::attemptFailed,
                () -> serving));
    this.inFlight = new InFlightBytes(options.maxInflightBytes());
    this.ports =
        new Ports(
            options,
            transport,
            new GrpcServer.Services(inference, reload, decoders, health, inFlight, access),
            readiness,
            pages(config, loads));
    if (access != null) {
      counts.add(access::dropped, missing("access_log_dropped", "the access log"));
    }
    counts.add(requestLogs::missing, missing("request_log_dropped", "request logs"));
    new Overload(inFlight, decoders, models, new RunReports(models, scheduler)).watchedBy(counts);
  }

  private static LongFunction<LogEvent> missing(String event, String where) {
    return count ->
        LogEvent.of(event, "Requests are missing in " + where + ", by their number: " + count);
  }

  private void closeAccessLog() {
    if (access != null) {
      access.close();
    }
  }

  private static RequestLogs requestLogs(StartConfig config, ServerMetrics metrics) {
    RequestLogs logs =
        new RequestLogs(
            new RequestLogs.Options(
                config.options().requestLogFileRecords(),
                config.options().requestLogFiles(),
                config.sessions().tags()),
            metrics::logged);
    logs.update(config.models());
    return logs;
  }

  private MetricsPages pages(StartConfig config, LoadTimes loads) {
    ServedModels models = models();
    return new MetricsPages(
        metrics,
        config.monitoringPath(),
        new MetricsPages.Surroundings(
            models::all,
            new RunReports(models, scheduler)::of,
            () -> readiness.report().ready(),
            inFlight,
            loads,
            access,
            traces));
  }

  private static WarmUpObserver warmUps(ServerMetrics metrics) {
    return (version, status, nanos, records) ->
        metrics.warmedUp(version.toString(), status.code(), nanos, records);
  }

  /** The same, with its batches counted. */
  private static Batching observed(Batching batching, ServerMetrics metrics) {
    return batching instanceof Batching.Configured wanted
        ? new Batching.Configured(wanted.threads(), wanted.parameters(), metrics.batchObserver())
        : batching;
  }

  private static ManagerOptions managerOptions(ServerOptions options, int loadThreads) {
    return ManagerOptions.defaults()
        .withPolicy(
            options.resourcePreserving()
                ? new ResourcePreservingPolicy()
                : new AvailabilityPreservingPolicy())
        .withMemoryBudget(options.modelMemoryBudget())
        .withLoadThreads(loadThreads)
        .withUnloadThreads(options.numUnloadThreads())
        .withMaxLoadRetries(options.maxNumLoadRetries())
        .withRetryInterval(options.loadRetryInterval());
  }

  private static boolean isAvailable(ServableStateMonitor monitor, ServableId id) {
    return monitor
        .state(id)
        .filter(state -> state.stage() == ServableState.Stage.AVAILABLE)
        .isPresent();
  }

  /** As TensorFlow Serving, refuses labels of versions to come, unless models are isolated. */
  private void assignLabels(List<ModelEntry> models) {
    boolean allowed = options.labelsForUnavailableModels() || options.modelConfigIsolation();
    for (ConfigFlaw flaw : labels.flaws(models, allowed)) {
      throw flaw.exception();
    }
    labels.assign(models);
  }

  private ModelReload reload(StartConfig config, ServableStateMonitor monitor) {
    return new ModelReload(
        new ServedConfig(options, labels, health, readiness, source, manager, monitor, requestLogs),
        new ModelReload.Options(
            options.modelConfigIsolation(),
            options.labelsForUnavailableModels(),
            options.modelConfigReloadTimeout()),
        config.models(),
        config.listed());
  }

  /**
   * Loads the models and opens the ports; returns when requests are answered. TensorFlow is loaded
   * before.
   *
   * @throws StatusException UNKNOWN if no model can be served, INVALID_ARGUMENT if the gRPC port,
   *     that for operators or that for a platform cannot be bound
   */
  public static ModelServer start(StartConfig config, Listeners listeners)
      throws InterruptedException {
    return start(config, listeners, EngineStart.DONE);
  }

  /** The same, making what does not need TensorFlow while it is being loaded. */
  static ModelServer start(StartConfig config, Listeners listeners, EngineStart engine)
      throws InterruptedException {
    ModelServer server = new ModelServer(config);
    server.counts.begin();
    try {
      server.ports.openAdmin(
          listeners.admin(), new RunReports(server.models(), server.scheduler)::of);
      server.ports.openHost(listeners.host(), config.hosting());
      server.ports.prepare(listeners);
      engine.await();
      server.ports.logAdmin(listeners.admin());
      server.ports.logHost(config.hosting());
      server.readiness.loading();
      server.load();
      server.ports.open(listeners);
      server.readiness.serving();
      return server;
    } catch (Throwable failure) {
      server.close();
      throw failure;
    }
  }

  private void load() throws InterruptedException {
    source.connect(new WatchedTarget(new LoaderAdapter(loaders::of, manager)));
    source.poll(); // so that a model without versions is known to have none
    firstLoads.polled();
    manager.stepSoon(); // a start need not wait for the next turn of a tenth of a second
    firstLoads
        .modelsToWaitFor()
        .ifPresent(names ->
            LogEvent.of(
                    "waiting_for_models",
                    "The ports stay closed until there is a version of " + names)
                .log(LOG, Level.INFO));
    firstLoads.await();
    serving = true;
    ConfigPolling.start(options, reload);
    // Not waited for: a model that is tried again and again must not keep the ports closed.
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .name("sluice-settle")
            .start(() -> manager.setLoadThreads(options.numLoadThreads()));
  }

  /** Passes on what the source says, and notes what is to be waited for. */
  private final class WatchedTarget implements Target<Path> {
    private final Target<Path> target;

    WatchedTarget(Target<Path> target) {
      this.target = target;
    }

    @Override
    public void aspire(String streamName, List<ServableData<Path>> versions) {
      List<Long> numbers = versions.stream().map(version -> version.id().version()).toList();
      firstLoads.aspired(streamName, numbers);
      readiness.aspired(streamName, numbers);
      reload.aspired(streamName, numbers);
      target.aspire(streamName, versions);
    }

    @Override
    public void heldBack(String streamName, List<HeldVersion> held) {
      firstLoads.heldBack(streamName, held);
      readiness.heldBack(streamName, held);
      reload.heldBack(streamName, held);
      target.heldBack(streamName, held);
    }

    @Override
    public void unreadable(String streamName, Status why) {
      readiness.unreadable(streamName, why);
      reload.unreadable(streamName, why);
      target.unreadable(streamName, why);
    }
  }

  private void watch(ServableState state) {
    switch (state.stage()) {
      case AVAILABLE -> firstLoads.available(state.id());
      case END -> {
        if (!state.health().isOk()) {
          firstLoads.failed(state.id(), state.health());
        }
      }
      case START, LOADING, UNLOADING -> {}
    }
  }

  /** The gRPC port that was bound; 0 if there is none. */
  public int grpcPort() {
    return ports.grpc();
  }

  /** The REST port that was bound; 0 if there is none. */
  public int restPort() {
    return ports.rest();
  }

  /** The port for operators that was bound; 0 if there is none. */
  public int adminPort() {
    return ports.admin();
  }

  /** The port for a platform that was bound; 0 if there is none. */
  public int hostPort() {
    return ports.host();
  }

  /** The bytes of the requests and answers that are in the server. */
  InFlightBytes inFlight() {
    return inFlight;
  }

  /** Requests that run; empty where nothing is counted. */
  OptionalLong requestsInFlight() {
    return metrics.inFlight();
  }

  /** What is served, and in which state. */
  public ServedModels models() {
    return inference.models();
  }

  /** The versions that answer requests now. */
  public List<ServableId> available() {
    return manager.available();
  }

  /** As {@link #stop}. */
  @Override
  public void close() {
    var _ = stop();
  }

  /**
   * Stops: says that it is not ready, goes on for the drain delay, takes no new request, lets the
   * running ones end within the drain time-out, unloads the models. Does nothing the second time.
   *
   * @return whether all requests that had begun could end
   */
  public boolean stop() {
    if (!closed.compareAndSet(false, true)) {
      return true;
    }
    boolean open = readiness.draining() == Readiness.Phase.SERVING;
    health.stopping();
    ports.announceEnd();
    if (open) {
      pause(options.drainDelay());
    }
    AtomicBoolean ended = new AtomicBoolean();
    closeAll(
        scheduler::drain,
        reload::close,
        () -> ended.set(ports.drain(options.drainTimeout())),
        decoders::close,
        scheduler::close,
        ports::close,
        transport::close,
        this::closeAccessLog,
        counts::close,
        this::closeTraces,
        source::close,
        manager::close,
        requestLogs::close);
    return ended.get();
  }

  /** The connections have ended, and with them the spans. */
  private void closeTraces() {
    if (traces != null) {
      traces.close();
    }
  }

  /** In this time balancers learn that the server is not ready. */
  private static void pause(Duration delay) {
    if (delay.isZero()) {
      return;
    }
    LogEvent.of(
            "drain_delay",
            "Not ready from now on; requests are taken for " + delay.toSeconds() + " s more")
        .with("seconds", delay.toSeconds())
        .log(LOG, Level.INFO);
    try {
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // somebody wants to see the end of it
    }
  }

  /** Each in turn, whatever becomes of the others; the first failure is thrown with the rest. */
  private static void closeAll(Runnable... parts) {
    RuntimeException first = null;
    for (Runnable part : parts) {
      try {
        part.run();
      } catch (RuntimeException failure) {
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
