package dev.sluice.server.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells the log what becomes of versions: an event for each station. In text the lines that
 * TensorFlow Serving has for them say the same. Fed by the event bus. Thread-safe; its lock is held
 * for look-ups only.
 */
public final class VersionLog {

  private static final Logger LOG = System.getLogger(VersionLog.class.getName());

  @GuardedBy("this") private final Map<ServableId, Instant> began = new HashMap<>();

  @GuardedBy("this") private final Map<ServableId, Long> sizes = new HashMap<>();

  /** A version is loaded and will be available; it takes about so many bytes. */
  public synchronized void sized(ServableId id, long bytes) {
    sizes.put(id, bytes);
  }

  /** A version has come to another stage. */
  public void changed(ServableState state) {
    ServableId id = state.id();
    String who = id.name() + " version " + id.version();
    switch (state.stage()) {
      case START -> tell("version_found", "Found " + who, id);
      case LOADING -> {
        begin(id, state.time());
        tell("version_loading", "Loading " + who, id);
      }
      case AVAILABLE -> loaded(id, who, state.time());
      case UNLOADING -> tell("version_unloading", "Unloading " + who, id);
      case END -> ended(state, who);
    }
  }

  private static void tell(String name, String message, ServableId id) {
    LogEvent.of(name, message).about(id).asSaidInText().log(LOG, Level.INFO);
  }

  private synchronized void begin(ServableId id, Instant now) {
    began.put(id, now);
  }

  private synchronized LogEvent took(ServableId id, String who, Instant now) {
    Instant since = began.remove(id);
    Long bytes = sizes.remove(id);
    long millis = since == null ? 0 : Duration.between(since, now).toMillis();
    LogEvent event =
        LogEvent.of("version_loaded", "Loaded " + who + " in " + millis + " ms")
            .about(id)
            .with("ms", millis);
    return bytes == null ? event : event.with("bytes", bytes);
  }

  private void loaded(ServableId id, String who, Instant now) {
    took(id, who, now).asSaidInText().log(LOG, Level.INFO);
  }

  private void ended(ServableState state, String who) {
    ServableId id = state.id();
    synchronized (this) {
      began.remove(id);
      sizes.remove(id);
    }
    if (state.health().isOk()) {
      tell("version_unloaded", "Unloaded " + who, id);
      return;
    }
    LogEvent.of("version_failed", who + " failed: " + state.health())
        .about(id)
        .with("code", state.health().code().name())
        .with("error", state.health().message())
        .asSaidInText()
        .log(LOG, Level.ERROR);
  }
}
