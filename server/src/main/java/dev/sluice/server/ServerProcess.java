package dev.sluice.server;

import dev.sluice.core.ServableId;
import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

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
    System.setProperty("java.util.logging.manager", LogLines.Manager.class.getName());
    // Before the first buffer is made. Netty would take stack traces of a sample of all buffers,
    // and its events would load Flight Recorder, a tenth of a second of every start.
    setUnlessSet(LEAK_DETECTION, "disabled");
    setUnlessSet(NETTY_EVENTS, "false");
  }

  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());

  /** What closing may take once the running requests had their time. */
  private static final Duration AFTER_DRAIN = Duration.ofSeconds(5);

  private final ModelServer server;
  private final Duration grace;

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
    LogLines.install();
  }

  /**
   * Loads TensorFlow, the models, and opens the ports; returns when requests are answered.
   *
   * @throws StatusException why the start failed
   */
  public static ServerProcess start(ServerOptions options) throws InterruptedException {
    StartConfig config = StartConfig.resolve(options, LOG);
    EngineStart engine = TensorFlowStart.begin(config);
    ModelServer server = ModelServer.start(config, Listeners.of(options), engine);
    return new ServerProcess(server, options.drainTimeout().plus(AFTER_DRAIN));
  }

  /** The server. */
  public ModelServer server() {
    return server;
  }

  /** Serves until a signal ends the process, with 0 after a clean stop; never returns. */
  public void awaitSignal() throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "sluice-stop"));
    LOG.log(Level.INFO, "Ready. Serving {0}", served());
    Thread.currentThread().join();
  }

  private String served() {
    return server.available().stream()
        .sorted()
        .map((ServableId id) -> id.name() + " version " + id.version())
        .collect(Collectors.joining(", "));
  }

  /**
   * Runs in the JVM's shutdown. A JVM that a signal ends would exit with 143 whatever happens here;
   * a clean stop is 0, so it is halted once all is done. A run that never returns inside TensorFlow
   * cannot be ended and would keep its model for ever: then the process ends without it, with 1.
   */
  private void stop() {
    LOG.log(Level.INFO, "Stopping: running requests may end");
    AtomicBoolean closed = new AtomicBoolean();
    Thread closing =
        Thread.ofPlatform()
            .daemon()
            .name("sluice-close")
            .start(() -> {
              server.close();
              closed.set(true);
            });
    try {
      closing.join(grace);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
    boolean clean = closed.get();
    if (clean) {
      LOG.log(Level.INFO, "Stopped");
    } else {
      LOG.log(Level.WARNING, "Stopped, but not everything could be closed in time");
    }
    Runtime.getRuntime().halt(clean ? 0 : 1);
  }

  /** Stops the server; the process goes on. */
  @Override
  public void close() {
    server.close();
  }
}
