package dev.sluice.bench;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process of ours: it ends when this is closed and at the latest with this JVM, whatever ends
 * that short of SIGKILL. What it prints goes to a file. Used by one thread.
 */
final class ChildProcess implements AutoCloseable {

  private static final Duration TO_END = Duration.ofSeconds(10);
  private static final int LAST_LINES = 5;

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  @GuardedBy("RUNNING") private static boolean ending;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ChildProcess::endAll, "sluice-bench-end"));
  }

  private final Process process;
  private final Path output;

  private ChildProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts it with the environment of this JVM.
   *
   * @param output the file for what it prints; replaced if it is there
   */
  static ChildProcess start(List<String> command, Path output) throws IOException {
    Files.createDirectories(output.toAbsolutePath().getParent());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile());
    // Held while it starts, so that the end of the JVM misses none.
    synchronized (RUNNING) {
      if (ending) {
        throw StatusException.unavailable("the bench is being stopped");
      }
      Process process = builder.start();
      RUNNING.add(process);
      return new ChildProcess(process, output);
    }
  }

  long pid() {
    return process.pid();
  }

  ProcStat stat() {
    return ProcStat.of(process.pid());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Everything that it has printed. */
  String printed() throws IOException {
    return Files.readString(output);
  }

  /**
   * Waits until something was printed.
   *
   * @throws StatusException UNAVAILABLE with its last words if it ended first, or did not print
   *     that in time
   */
  void awaitPrinted(String text, Duration limit) throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!printed().contains(text)) {
      if (!process.isAlive() && !printed().contains(text)) {
        throw gone("ended with exit code " + process.exitValue());
      }
      if (System.nanoTime() > end) {
        throw gone("did not print \"%s\" within %d s".formatted(text, limit.toSeconds()));
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /**
   * Waits for its end.
   *
   * @throws StatusException UNAVAILABLE with its last words if that does not come in time, or if
   *     the exit code is not 0
   */
  void awaitSuccess(Duration limit) throws IOException, InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw gone("did not end within " + limit.toSeconds() + " s");
    }
    RUNNING.remove(process);
    if (process.exitValue() != 0) {
      throw gone("ended with exit code " + process.exitValue());
    }
  }

  private StatusException gone(String what) throws IOException {
    List<String> lines = printed().lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
    return StatusException.unavailable(
        "process %d %s; its last words: %s",
        process.pid(), what, last.isEmpty() ? "none" : String.join(" | ", last));
  }

  /** Asks it to end, and ends it if it does not. */
  @Override
  public void close() {
    end(process);
    RUNNING.remove(process);
  }

  private static void endAll() {
    synchronized (RUNNING) {
      ending = true;
      RUNNING.forEach(Process::destroy);
      RUNNING.forEach(ChildProcess::end);
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupt) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
