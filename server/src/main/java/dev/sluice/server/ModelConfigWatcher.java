package dev.sluice.server;

import com.google.protobuf.ByteString;
import dev.sluice.server.config.ConfigFlaw;
import dev.sluice.server.config.ModelConfigText;
import dev.sluice.server.log.LogEvent;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the model config file again and again, and hands on what it says. What is there is taken
 * when two looks in a row have found the same, so that a file that is being written is left alone;
 * it is handed on at every such look, since another config may have come from elsewhere. What is
 * wrong with the file is said once, not at every look.
 *
 * <p>One thread.
 */
final class ModelConfigWatcher {

  /** What a look at the file has found. */
  private sealed interface Found {
    record Content(ByteString bytes) implements Found {}

    record Nothing(Status why) implements Found {}
  }

  private final String path;
  private final Function<ModelConfigText, List<ConfigFlaw>> receiver;
  private final Logger log;
  private @Nullable Found last;
  private @Nullable Found parsed;
  private @Nullable ModelConfigText text;
  private List<String> complaint = List.of();

  /**
   * @param path of the file
   * @param receiver takes a config, or says what is wrong with it, or throws a {@link
   *     StatusException}
   */
  ModelConfigWatcher(
      String path, Function<ModelConfigText, List<ConfigFlaw>> receiver, Logger log) {
    this.path = path;
    this.receiver = receiver;
    this.log = log;
  }

  /**
   * Looks at the file.
   *
   * @return whether another look is worth while before the next one is due, because something has
   *     changed since the last
   */
  boolean look() {
    Found found = read();
    if (!found.equals(last)) {
      last = found;
      return true;
    }
    switch (found) {
      case Found.Content content -> take(content);
      case Found.Nothing(Status why) -> complain(List.of(unreadable(why)));
    }
    return false;
  }

  private Found read() {
    try {
      return new Found.Content(ByteString.copyFrom(ModelConfigText.content(path)));
    } catch (StatusException failure) {
      return new Found.Nothing(failure.status());
    }
  }

  private static String unreadable(Status why) {
    return "Failed to read ModelServerConfig file: " + why.message();
  }

  private void take(Found.Content content) {
    ModelConfigText current = text;
    if (current == null || !content.equals(parsed)) {
      current = ModelConfigText.of(path, content.bytes().toByteArray());
      text = current;
      parsed = content;
    }
    complain(objections(current));
  }

  /** Why a text is not what is served from now on, in lines for the log. */
  private List<String> objections(ModelConfigText current) {
    List<String> lines = new ArrayList<>();
    current.syntaxError().ifPresent(lines::add);
    try {
      var _ = current.config(); // throws where the text is no config
    } catch (StatusException malformed) {
      lines.add(unreadable(malformed.status()));
      return lines;
    }
    try {
      List<ConfigFlaw> flaws = receiver.apply(current);
      flaws.forEach(flaw -> lines.add(current.line(flaw)));
      if (!flaws.isEmpty()) {
        lines.add(refused(flaws.getFirst().message()));
      }
    } catch (StatusException refusal) {
      lines.add(refused(refusal.getMessage()));
    }
    return lines;
  }

  private static String refused(String why) {
    return "PollFilesystemAndReloadConfig failed to ReloadConfig: " + why;
  }

  private void complain(List<String> lines) {
    if (lines.equals(complaint)) {
      return;
    }
    lines.forEach(line -> event("config_refused", line).log(log, Level.ERROR));
    LogEvent outcome =
        lines.isEmpty()
            ? event("config_mended", path + " is as it should be again")
            : event(
                "config_kept",
                "What is served stays as it is until " + path + " is as it should be");
    outcome.log(log, Level.INFO);
    complaint = List.copyOf(lines);
  }

  private LogEvent event(String name, String message) {
    return LogEvent.of(name, message).with("file", path);
  }
}
