package dev.sluice.server;

import dev.sluice.core.HeldVersion;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.proto.config.ModelServerConfig;
import dev.sluice.proto.config.ModelServerConfig.ConfigCase;
import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelChanges;
import dev.sluice.server.config.ModelConfigFile;
import dev.sluice.server.config.ModelEntry;
import dev.sluice.server.log.LogEvent;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts another list of models in the place of the one that is served. One config after the other is
 * looked at, on one thread; each is checked whole before anything changes, so a config that is
 * refused has changed nothing.
 *
 * <p>What changes then: labels, what storage is watched for, and by that what is loaded and what is
 * unloaded. A reload is over when it is known of each model with a new name whether it serves;
 * models that were there before are not waited for. While a reload waits, the next one goes on.
 *
 * <p>Thread-safe.
 */
public final class ModelReload implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ModelReload.class.getName());

  /**
   * What a reload works on. Called on the thread of the reloads alone.
   *
   * <p>{@code labels} are checked and assigned; {@code names} is told of the names of all models;
   * {@code watch} has storage watched for them; {@code look} looks at storage at once, and does
   * nothing where the server does not isolate models from each other.
   */
  interface Target {
    VersionLabels labels();

    void configured(Set<String> names);

    void watch(List<ModelEntry> models);

    void look();

    /** The versions of a model that are not at their end. */
    Set<ServableId> live(String name);

    /** Whether a model has a version that is available. */
    boolean serves(String name);
  }

  /**
   * How reloads are done.
   *
   * @param isolated whether a model that is bad or missing concerns only itself
   * @param labelsForUnavailable whether a client may give a new label to a version that is not
   *     available
   * @param limit how long the models of a reload are waited for; zero for no limit
   */
  record Options(boolean isolated, boolean labelsForUnavailable, Duration limit) {}

  /** A reload that was asked for and is not answered yet. */
  private final class Asked {
    private final AtomicBoolean answered = new AtomicBoolean();
    private final Consumer<Status> done;
    private volatile @Nullable AddedModels added;

    Asked(Consumer<Status> done) {
      this.done = done;
    }

    void answer(Status outcome) {
      if (answered.compareAndSet(false, true)) {
        forget();
        done.accept(outcome);
      }
    }

    void abandon() {
      answered.set(true);
      forget();
    }

    void awaits(AddedModels models) {
      added = models;
      waiting.add(models);
      if (answered.get()) {
        forget();
      }
    }

    private void forget() {
      asked.remove(this);
      AddedModels known = added;
      if (known != null) {
        waiting.remove(known);
      }
    }
  }

  private final Target target;
  private final Options options;
  private final ModelConfigFile configs = new ModelConfigFile(LOG);
  private final Set<Asked> asked = ConcurrentHashMap.newKeySet();
  private final Set<AddedModels> waiting = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread;

  /** The models that are served. Used by the reloads' thread alone. */
  private List<ModelEntry> current;

  /** Whether there ever was a list of models; used by the reloads' thread alone. */
  private boolean listed;

  /**
   * @param current what is served to begin with
   * @param listed whether that came from a list; else there was no config at all
   */
  ModelReload(Target target, Options options, List<ModelEntry> current, boolean listed) {
    this.target = target;
    this.options = options;
    this.current = List.copyOf(current);
    this.listed = listed;
    ScheduledThreadPoolExecutor one =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sluice-reload").factory());
    one.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    one.setRemoveOnCancelPolicy(true);
    this.thread = one;
  }

  /**
   * Reloads as a client wants it: {@code HandleReloadConfigRequest}. Returns at once.
   *
   * @param config what to serve from now on
   * @param done told the outcome once, on any thread: OK when each new model serves, else the code
   *     and the text of TensorFlow Serving. Must not block
   * @return to be run when nobody waits for the outcome any more
   */
  public Runnable reload(ModelServerConfig config, Consumer<Status> done) {
    Asked reload = new Asked(done);
    asked.add(reload);
    try {
      thread.execute(() -> attempt(reload, () -> byClient(config, reload)));
    } catch (RejectedExecutionException closed) {
      reload.answer(stopping());
    }
    return reload::abandon;
  }

  private static void attempt(Asked reload, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error failure) {
      if (!(failure instanceof StatusException)) {
        LOG.log(Level.ERROR, "A reload failed in a way that it should not", failure);
      }
      reload.answer(Status.of(failure));
    }
  }

  private void byClient(ModelServerConfig config, Asked reload) {
    if (config.getConfigCase() != ConfigCase.MODEL_CONFIG_LIST) {
      throw StatusException.invalidArgument(
          "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList"
              + " is currently supported");
    }
    List<ConfigFlaw> flaws = apply(config, true, reload);
    flaws.forEach(ModelReload::tellOfClient);
    if (!flaws.isEmpty()) {
      throw flaws.getFirst().exception();
    }
  }

  private static void tellOfClient(ConfigFlaw flaw) {
    LogEvent.of(
            "config_refused", "HandleReloadConfigRequest: " + flaw.path() + ": " + flaw.message())
        .with("field", flaw.path())
        .with("error", flaw.message())
        .log(LOG, Level.ERROR);
  }

  /**
   * Reloads as the file of the configuration wants it, on the thread of the reloads. Labels may be
   * for versions that are not available yet where models are isolated.
   *
   * @return why the config is refused, the first reason first; if there are any, nothing has
   *     changed
   * @throws StatusException FAILED_PRECONDITION if it is no list; then nothing has changed
   */
  List<ConfigFlaw> byFile(ModelServerConfig config) {
    return apply(config, !options.isolated(), new Asked(ModelReload::tellOfFile));
  }

  private static void tellOfFile(Status outcome) {
    if (!outcome.isOk()) {
      LOG.log(
          Level.ERROR,
          "PollFilesystemAndReloadConfig failed to ReloadConfig: " + outcome.message());
    }
  }

  private List<ConfigFlaw> apply(ModelServerConfig config, boolean strictLabels, Asked reload) {
    requireTransition(config);
    if (config.getConfigCase() == ConfigCase.CONFIG_NOT_SET) {
      reload.answer(Status.OK);
      return List.of();
    }
    List<ModelEntry> next = ModelConfigFile.entriesOf(config);
    List<ConfigFlaw> flaws = flaws(config, next, strictLabels);
    if (!flaws.isEmpty()) {
      return flaws;
    }
    listed = true;
    ModelChanges changes = ModelChanges.between(current, next);
    if (changes.isEmpty()) {
      current = next;
      reload.answer(Status.OK);
    } else {
      configs.warn(config);
      change(next, changes, reload);
    }
    return flaws;
  }

  private void requireTransition(ModelServerConfig config) {
    boolean first = !listed;
    boolean legal =
        config.getConfigCase() == ConfigCase.MODEL_CONFIG_LIST
            || (first && config.getConfigCase() == ConfigCase.CONFIG_NOT_SET);
    if (!legal) {
      throw StatusException.failedPrecondition(
          "Cannot transition to requested config. It is only legal to transition from one"
              + " ModelConfigList to another.");
    }
  }

  private List<ConfigFlaw> flaws(
      ModelServerConfig config, List<ModelEntry> next, boolean strictLabels) {
    Set<String> known = current.stream().map(ModelEntry::name).collect(Collectors.toSet());
    List<ConfigFlaw> flaws = new ArrayList<>(ModelConfigFile.flaws(config, known));
    if (strictLabels) {
      flaws.addAll(target.labels().flaws(next, options.labelsForUnavailable()));
    }
    flaws.sort(Comparator.comparing(ConfigFlaw::kind));
    return flaws;
  }

  private void change(List<ModelEntry> next, ModelChanges changes, Asked reload) {
    LOG.log(Level.INFO, "Adding/updating models.");
    changes.added().forEach(model -> log(" (Re-)adding model: " + model.name()));
    changes
        .changed()
        .forEach(change ->
            log(
                " (Re-)adding model: "
                    + change.after().name()
                    + " ("
                    + String.join(", ", change.differences())
                    + ")"));
    changes.removed().forEach(model -> log(" Removing model: " + model.name()));
    AddedModels added = wait(changes.added(), reload);
    changes.removed().forEach(model -> waiting.forEach(all -> all.removed(model.name())));
    target.labels().assign(next);
    target.configured(next.stream().map(ModelEntry::name).collect(Collectors.toSet()));
    target.watch(next);
    current = next;
    target.look();
    finished(changes).log(LOG, Level.INFO);
    added.lookedAt();
  }

  private static LogEvent finished(ModelChanges changes) {
    return LogEvent.of("config_reloaded", "Finished adding/updating models")
        .with("added", changes.added().stream().map(ModelEntry::name).toList())
        .with("changed", changes.changed().stream().map(change -> change.after().name()).toList())
        .with("removed", changes.removed().stream().map(ModelEntry::name).toList());
  }

  private static void log(String line) {
    LOG.log(Level.INFO, line);
  }

  /** Begins to note what becomes of new models, before anything can become of them. */
  private AddedModels wait(List<ModelEntry> models, Asked reload) {
    List<String> names = models.stream().map(ModelEntry::name).toList();
    List<ServableId> leftOvers =
        names.stream().flatMap(name -> target.live(name).stream()).toList();
    AddedModels added =
        new AddedModels(names, leftOvers, options.isolated(), target::serves, reload::answer);
    reload.awaits(added);
    if (options.limit().isPositive()) {
      in(options.limit(), () -> added.giveUp(late(options.limit())));
    }
    return added;
  }

  private static Status late(Duration limit) {
    return new Status(
        StatusCode.DEADLINE_EXCEEDED, "still loading after " + limit.toSeconds() + " s");
  }

  private static Status stopping() {
    return new Status(StatusCode.UNAVAILABLE, "the server is being stopped");
  }

  /** Whether a client has asked for a reload that is not over. */
  boolean isAwaited() {
    return !asked.isEmpty();
  }

  /** Has something done on the thread of the reloads again and again, the first time at once. */
  void every(Duration period, Runnable step) {
    var _ = thread.scheduleAtFixedRate(step, 0, period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Has something done on the thread of the reloads once, after a time; not after the close. */
  void in(Duration delay, Runnable step) {
    try {
      var _ = thread.schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      LOG.log(Level.DEBUG, "Nothing more is done: the server is being stopped");
    }
  }

  /** These versions of a model are to be loaded. */
  void aspired(String name, List<Long> versions) {
    waiting.forEach(added -> added.aspired(name, versions));
  }

  /** These versions of a model are there, but not all of each. */
  void heldBack(String name, List<HeldVersion> held) {
    waiting.forEach(added -> added.heldBack(name, held));
  }

  /** The base path of a model can't be read. */
  void unreadable(String name, Status why) {
    waiting.forEach(added -> added.unreadable(name, why));
  }

  /** A version has another state; to be told of every one, in order. */
  void changed(ServableState state) {
    waiting.forEach(added -> added.changed(state));
  }

  /** Takes no further config; whoever waits for one is told that the server stops. */
  @Override
  public void close() {
    thread.shutdown();
    asked.forEach(reload -> reload.answer(stopping()));
  }
}
