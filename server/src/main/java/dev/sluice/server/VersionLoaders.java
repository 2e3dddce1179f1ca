package dev.sluice.server;

import dev.sluice.batching.Batching;
import dev.sluice.batching.RunScheduler;
import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.server.config.BatchingFile;
import dev.sluice.server.config.SessionSettings;
import dev.sluice.server.config.StartConfig;
import dev.sluice.server.log.VersionLog;
import dev.sluice.server.metrics.ServerMetrics;
import dev.sluice.server.record.WarmUp;
import dev.sluice.tensorflow.BackgroundThread;
import dev.sluice.tensorflow.SavedModelLoader;
import dev.sluice.tensorflow.SessionOptions;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** How a version is loaded: by the loader of SavedModels, and what the server puts around it. */
final class VersionLoaders {

  private static final System.Logger LOG = System.getLogger(VersionLoaders.class.getName());

  /**
   * What is told of loads, and used by them.
   *
   * @param failedAttempt gets the version of each attempt that fails
   * @param serving whether requests are answered, which loads then make way for
   */
  record Surroundings(
      RunScheduler scheduler,
      ServerMetrics metrics,
      WarmUp warmUp,
      VersionLog log,
      Consumer<ServableId> failedAttempt,
      BooleanSupplier serving) {}

  private final SessionOptions sessions;
  private final boolean metadata;
  private final Batching batching;
  private final Surroundings around;

  VersionLoaders(StartConfig config, Surroundings around) {
    this.sessions = sessionOptions(config);
    this.metadata = config.sessions().metadata();
    this.batching = config.batching();
    this.around = around;
  }

  /** The loader of a version that lies in a directory. */
  Loader of(ServableId id, Path directory) {
    Loader savedModel =
        new BackgroundLoader(
            new SizingLoader(new SavedModelLoader(directory, sessions), around.log()::sized),
            around.serving(),
            () -> BackgroundThread.lower(BackgroundThread.LOADS));
    Loader loader =
        new WarmingLoader(
            batched(savedModel, directory),
            (version, model) -> around.warmUp().run(version, model, directory),
            around.scheduler()::forget);
    return new ForgettingLoader(
        new ReportingLoader(noted(loader, directory), id, around.failedAttempt()), this::forget);
  }

  private void forget(Model model) {
    around.scheduler().forget(model);
    around.metrics().forget(model);
  }

  private Loader batched(Loader loader, Path version) {
    boolean bringsItsOwn =
        batching instanceof Batching.Configured wanted && wanted.parameters() == null;
    return bringsItsOwn
        ? new BatchingLoader(
            loader, () -> new BatchingFile(LOG).ofVersion(version), around.scheduler()::configure)
        : loader;
  }

  private Loader noted(Loader loader, Path directory) {
    return metadata
        ? new MetadataLoader(loader, id -> around.metrics().mlMetadata().read(id, directory))
        : loader;
  }

  /** How every session is made. */
  static SessionOptions sessionOptions(StartConfig config) {
    SessionSettings sessions = config.sessions();
    return new SessionOptions(
        sessions.tags(),
        Math.toIntExact(sessions.threads().intraOp()),
        Math.toIntExact(sessions.threads().interOp()),
        config.options().freezeModels(),
        sessions.config());
  }
}
