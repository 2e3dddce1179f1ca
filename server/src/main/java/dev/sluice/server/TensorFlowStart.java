package dev.sluice.server;

import dev.sluice.server.config.ServerOptions;
import dev.sluice.server.config.StartConfig;
import dev.sluice.server.log.LogEvent;
import dev.sluice.server.log.LogLevel;
import dev.sluice.server.log.ServerLog;
import dev.sluice.tensorflow.BackgroundThread;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * TensorFlow being loaded on a thread of its own. That takes as long as the rest of a start, and
 * neither needs the other before the first model.
 *
 * <p>What others write to standard error in a short moment of it may get lost, see {@link
 * TensorFlow#load}: so nothing should be logged before {@link #await} has returned.
 */
final class TensorFlowStart implements EngineStart {

  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());

  private final FutureTask<String> version;
  private final List<Path> operations;

  private TensorFlowStart(StartConfig config) {
    this.operations = config.options().customOpLibraries();
    this.version = new FutureTask<>(() -> load(config));
  }

  /** Begins to find, unpack and load it. */
  static TensorFlowStart begin(StartConfig config) {
    TensorFlowStart start = new TensorFlowStart(config);
    Thread _ = Thread.ofPlatform().daemon().name("sluice-tensorflow").start(start.version);
    return start;
  }

  private static String load(StartConfig config) {
    ServerOptions options = config.options();
    Path directory =
        options.tensorflowLibraryDir().isEmpty()
            ? new TensorFlowLibraries(
                    TensorFlowLibraries.cacheDirectory(System.getenv()),
                    line -> LOG.log(Level.INFO, line))
                .directory()
            : Path.of(options.tensorflowLibraryDir());
    if (ServerLog.readsNativeLines() && ServerLog.levels().own() == LogLevel.DEBUG) {
      TensorFlow.printEverything();
    }
    // The engine's threads inherit it; this one does nothing else.
    BackgroundThread.lower(BackgroundThread.RUNS);
    String version = TensorFlow.load(directory, VersionLoaders.sessionOptions(config));
    options.customOpLibraries().forEach(TensorFlow::loadOperations);
    return version;
  }

  @Override
  public void settle() {
    try {
      var _ = version.get();
    } catch (ExecutionException failure) {
      LOG.log(Level.DEBUG, "TensorFlow was not loaded", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says on the log which version it is. */
  @Override
  public void await() throws InterruptedException {
    try {
      LogEvent.of("server_starting", "Sluice " + Version.SLUICE + ", TensorFlow " + version.get())
          .with("sluice", Version.SLUICE)
          .with("tensorflow", version.get())
          .with("pid", ProcessHandle.current().pid())
          .log(LOG, Level.INFO);
      operations.forEach(library ->
          LogEvent.of("operations_loaded", "Operations loaded from " + library)
              .with("path", library.toString())
              .log(LOG, Level.INFO));
    } catch (ExecutionException failure) {
      switch (failure.getCause()) {
        case RuntimeException known -> throw known;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(failure);
      }
    }
  }
}
