package dev.sluice.server;

import dev.sluice.server.config.ServerOptions;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** The polling of the model config file, on the thread of the reloads. */
final class ConfigPolling {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  /** Long enough for whoever writes a file piece by piece to write the next piece. */
  private static final Duration SOON = Duration.ofMillis(250);

  private final ModelReload reload;
  private final ModelConfigWatcher watcher;
  private boolean lookingSoon;

  private ConfigPolling(ModelReload reload, String path) {
    this.reload = reload;
    this.watcher = new ModelConfigWatcher(path, text -> reload.byFile(text.config()), LOG);
  }

  /** Begins to poll, if the flags say so. */
  static void start(ServerOptions options, ModelReload reload) {
    Duration period = options.modelConfigFilePollWait();
    if (!options.modelConfigFile().isEmpty() && period.isPositive()) {
      reload.every(period, new ConfigPolling(reload, options.modelConfigFile())::look);
    }
  }

  /** Not while a client waits for a reload: it shall see what it asked for, if not for long. */
  private void look() {
    if (reload.isAwaited()) {
      return;
    }
    try {
      if (watcher.look() && !lookingSoon) {
        lookingSoon = true;
        reload.in(SOON, this::lookAgain);
      }
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.ERROR, "The model config file could not be polled; trying again", failure);
    }
  }

  private void lookAgain() {
    lookingSoon = false;
    look();
  }
}
