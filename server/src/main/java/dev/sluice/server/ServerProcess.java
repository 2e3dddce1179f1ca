package dev.sluice.server;

import dev.sluice.core.ServableId;
import dev.sluice.server.config.Hosting;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.server.log.LogEvent;
import dev.sluice.server.log.ServerLog;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A server that is what its process is there for: it finds and loads TensorFlow, says on the log
 * what it serves, and ends the process when a signal comes. At most one per process.
 */
public final class ServerProcess implements AutoCloseable {

  /** What Netty reads; {@code true} lets Flight Recorder see buffers. */
  private static final String NETTY_EVENTS = "io.netty.jfr.enabled";

  /** What Netty reads; to look for a leak, give it to the JVM as {@code paranoid}. */
  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  static {
    // Before the first logger is made, which is when the JDK reads it.
    System.setProperty("java.util.logging.manager", ServerLog.Manager.class.getName());
    // Before the first buffer is made. Netty would take stack traces of a sample of all buffers,
    // and its events would load Flight Recorder, a tenth of a second of every start.
    setUnlessSet(LEAK_DETECTION, "disabled");
    setUnlessSet(NETTY_EVENTS, "false");
  }

  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());

  private static final long BEGUN_NANOS = System.nanoTime();

  /** What closing may take once the running requests had their time. */
  private static final Duration AFTER_DRAIN = Duration.ofSeconds(5);

  /** The exit status of a stop that was not clean: something was cut off. */
  static final int CUT_OFF = 1;

  /** To the number of a signal this is added, as shells do, where the signal ended the process. */
  private static final int SIGNALLED = 128;

  private final ModelServer server;
  private final Duration grace;
  private final AtomicBoolean stopping = new AtomicBoolean();

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private ServerProcess(ModelServer server, Duration grace) {
    this.server = server;
    this.grace = grace;
  }

  /** Makes the process's log that of the server. To be called before anything else logs. */
  public static void installLog() {
    ServerLog.install();
  }

  /**
   * Gives the log the format and the level that the flags ask for.
   *
   * @throws StatusException INVALID_ARGUMENT if there is no such one
   */
  static void configureLog(ServerOptions options) {
    ServerLog.configure(options.logFormat(), options.logLevel());
  }

  /**
   * Loads TensorFlow, the models, and opens the ports; returns when requests are answered.
   *
   * @throws StatusException why the start failed
   */
  public static ServerProcess start(ServerOptions options) throws InterruptedException {
    return start(options, null);
  }

  /**
   * The same on a platform.
   *
   * @param hosting null for none
   */
  static ServerProcess start(ServerOptions options, @Nullable Hosting hosting)
      throws InterruptedException {
    StartConfig config = StartConfig.resolve(options, hosting, System.getenv(), LOG);
    EngineStart engine = TensorFlowStart.begin(config);
    ModelServer server;
    try {
      server = ModelServer.start(config, Listeners.of(options, hosting), engine);
    } catch (Throwable failure) {
      engine.settle(); // a process that ends while libraries are being loaded may end badly
      throw failure;
    }
    return new ServerProcess(
        server, options.drainDelay().plus(options.drainTimeout()).plus(AFTER_DRAIN));
  }

  /** The server. */
  public ModelServer server() {
    return server;
  }

  /**
   * Serves until a signal ends the process; never returns. The exit status is 0 after a clean stop,
   * 1 where requests or models had to be cut off, and 128 more than the signal's number where a
   * second signal came before the stop was over: that ends the process at once.
   */
  public void awaitSignal() throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::ended, "sluice-stop"));
    Signals.handle(this::signalled);
    ready().log(LOG, Level.INFO);
    Thread.currentThread().join();
  }

  private LogEvent ready() {
    List<String> served =
        server.available().stream()
            .sorted()
            .map((ServableId id) -> id.name() + " version " + id.version())
            .toList();
    return LogEvent.of("server_ready", "Ready. Serving " + String.join(", ", served))
        .with("grpc_port", server.grpcPort())
        .with("rest_port", server.restPort())
        .with("admin_port", server.adminPort())
        .with("serving", served)
        .with("ms", millisSince(BEGUN_NANOS));
  }

  private void signalled(Signals.Signal signal) {
    if (stopping.compareAndSet(false, true)) {
      Runtime.getRuntime().exit(stop());
    } else {
      LOG.log(
          Level.WARNING,
          "Ended by a second signal, SIG{0}, in the middle of the stop",
          signal.name());
      Runtime.getRuntime().halt(SIGNALLED + signal.number());
    }
  }

  /**
   * Runs in the JVM's shutdown, which others may begin as well. A JVM that is ended by a signal of
   * which we did not hear would exit with 143 whatever happens here, so it is halted once all is
   * done.
   */
  private void ended() {
    if (stopping.compareAndSet(false, true)) {
      Runtime.getRuntime().halt(stop());
    }
  }

  /**
   * Stops and says with which status to exit. A run that never returns inside TensorFlow cannot be
   * ended and would keep its model for ever: then the process ends without it.
   */
  private int stop() {
    long begun = System.nanoTime();
    drainBegun().log(LOG, Level.INFO);
    AtomicBoolean clean = new AtomicBoolean();
    AtomicBoolean closed = new AtomicBoolean();
    Thread closing =
        Thread.ofPlatform()
            .daemon()
            .name("sluice-close")
            .start(() -> {
              clean.set(server.stop());
              closed.set(true);
            });
    try {
      closing.join(grace);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
    boolean all = closed.get();
    boolean good = all && clean.get();
    stopped(all, good, begun).log(LOG, good ? Level.INFO : Level.WARNING);
    ServerLog.end();
    return good ? 0 : CUT_OFF;
  }

  private LogEvent drainBegun() {
    LogEvent event =
        LogEvent.of("drain_begun", "Stopping: running requests may end")
            .with("bytes", server.inFlight().used());
    OptionalLong requests = server.requestsInFlight();
    return requests.isPresent() ? event.with("requests", requests.getAsLong()) : event;
  }

  private static LogEvent stopped(boolean closed, boolean clean, long begunNanos) {
    String how = clean ? "Stopped" : "Stopped; requests were cut off";
    return LogEvent.of(
            "server_stopped", closed ? how : "Stopped, but not everything could be closed in time")
        .with("clean", clean)
        .with("ms", millisSince(begunNanos));
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  /** Stops the server; the process goes on. */
  @Override
  public void close() {
    server.close();
  }
}
