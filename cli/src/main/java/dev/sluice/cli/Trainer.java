package dev.sluice.cli;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The trainer of an example, in a process of its own: TensorFlow's training side never comes into
 * the server's. Used by one thread.
 *
 * @param command what starts it, without the options; lines that it prints are progress
 */
record Trainer(List<String> command) {

  private static final int KEPT_LINES = 20;
  private static final int SECONDS_TO_END = 5;

  Trainer {
    command = List.copyOf(command);
  }

  /**
   * What it is to do.
   *
   * @param models the folder below which the model's base path lies
   * @param libraries TensorFlow's
   * @param more further options
   */
  record Task(Path models, Path libraries, List<String> more) {}

  /**
   * Trains a version and waits for it. The process is ended when this one is, save by SIGKILL: then
   * it ends when it has trained.
   *
   * @param progress gets each line that it prints
   * @throws StatusException INTERNAL if it fails, with its last words
   */
  TrainerReport train(Task task, Consumer<String> progress) throws InterruptedException {
    try {
      Path report = Files.createTempFile("sluice-report", ".json");
      try {
        run(task, report, progress);
        return TrainerReport.parse(Files.readString(report));
      } finally {
        Files.deleteIfExists(report);
      }
    } catch (IOException failure) {
      throw new StatusException(StatusCode.INTERNAL, "cannot run the trainer: " + failure, failure);
    }
  }

  private void run(Task task, Path report, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(command);
    line.add("--models=" + task.models());
    line.add("--report=" + report);
    line.add("--tensorflow_library_dir=" + task.libraries());
    line.addAll(task.more());
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putIfAbsent("TF_CPP_MIN_LOG_LEVEL", "2");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process process = builder.start();
    Thread end = new Thread(() -> abandon(process, report), "sluice-trainer-end");
    Runtime.getRuntime().addShutdownHook(end);
    try {
      follow(process, progress);
    } finally {
      end(process);
      removeHook(end);
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // the JVM is ending, and the hook runs
    }
  }

  /** When a signal ends this process, nobody deletes the report but this. */
  private static void abandon(Process process, Path report) {
    end(process);
    var _ = report.toFile().delete();
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupt) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void follow(Process process, Consumer<String> progress)
      throws IOException, InterruptedException {
    Deque<String> lastWords = new ArrayDeque<>();
    Thread errors =
        Thread.ofPlatform()
            .daemon()
            .name("sluice-trainer-errors")
            .start(() -> keepLast(process.getErrorStream(), lastWords));
    try (BufferedReader lines = lines(process.getInputStream())) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        progress.accept(line);
      }
    }
    int code = process.waitFor();
    errors.join();
    if (code != 0) {
      throw StatusException.internal(
          "the trainer ended with exit code %d, expected 0; its last words: %s",
          code, lastWords.isEmpty() ? "none" : String.join(" | ", lastWords));
    }
  }

  private static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  private static void keepLast(InputStream in, Deque<String> kept) {
    try (BufferedReader lines = lines(in)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        kept.addLast(line);
        if (kept.size() > KEPT_LINES) {
          kept.removeFirst();
        }
      }
    } catch (IOException broken) {
      kept.addLast(broken.toString());
    }
  }
}
