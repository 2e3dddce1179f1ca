package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;

  private ChildProcess shell(String script) throws Exception {
    return ChildProcess.start(List.of("sh", "-c", script), folder.resolve("logs/out.log"));
  }

  @Test
  void closeEndsIt() throws Exception {
    ChildProcess process = shell("echo ready; exec sleep 1000");
    process.awaitPrinted("ready", LIMIT);
    ProcessHandle handle = ProcessHandle.of(process.pid()).orElseThrow();
    assertThat(process.isAlive()).isTrue();
    process.close();
    assertThat(handle.isAlive()).isFalse();
  }

  @Test
  void processThatEndsInsteadIsQuoted() throws Exception {
    try (ChildProcess process = shell("echo no luck; exit 3")) {
      assertThatThrownBy(() -> process.awaitPrinted("ready", LIMIT))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("ended with exit code 3; its last words: no luck");
    }
  }

  @Test
  void silenceIsNotWaitedForForEver() throws Exception {
    try (ChildProcess process = shell("exec sleep 1000")) {
      assertThatThrownBy(() -> process.awaitPrinted("ready", Duration.ofMillis(50)))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("did not print \"ready\"");
      assertThatThrownBy(() -> process.awaitSuccess(Duration.ofMillis(50)))
          .isInstanceOf(StatusException.class)
          .hasMessageContaining("did not end within");
    }
  }

  @Test
  void successIsTheExitCodeZero() throws Exception {
    try (ChildProcess good = shell("true")) {
      good.awaitSuccess(LIMIT);
    }
    try (ChildProcess bad = shell("echo because; false")) {
      assertThatThrownBy(() -> bad.awaitSuccess(LIMIT))
          .hasMessageContaining("exit code 1; its last words: because");
    }
  }

  /** A JVM that starts a child and is ended by a signal. */
  @Test
  void childEndsWithTheJvmThatStartedIt() throws Exception {
    Path out = folder.resolve("child.log");
    List<String> command = new ArrayList<>(Workshop.java(Parent.class));
    command.add(out.toString());
    try (ChildProcess parent = ChildProcess.start(command, folder.resolve("parent.log"))) {
      parent.awaitPrinted("child ", LIMIT);
      String printed = parent.printed();
      long pid = Long.parseLong(printed.substring(printed.indexOf("child ") + 6).strip());
      ProcessHandle child = ProcessHandle.of(pid).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      parent.close();
      var _ = child.onExit().get(60, java.util.concurrent.TimeUnit.SECONDS);
      assertThat(child.isAlive()).isFalse();
    }
  }

  /** Starts a child and waits to be ended. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      ChildProcess child = ChildProcess.start(List.of("sleep", "1000"), Path.of(arguments[0]));
      System.out.println("child " + child.pid());
      Thread.currentThread().join();
    }
  }
}
