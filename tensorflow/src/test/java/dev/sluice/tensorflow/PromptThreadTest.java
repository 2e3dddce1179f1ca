package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PromptThreadTest {

  /** What the kernel says of the calling thread; empty where it does not say. */
  private static String slice() {
    try {
      Path report = Path.of("/proc/thread-self/sched");
      return Files.exists(report)
          ? Files.readAllLines(report).stream()
              .filter(line -> line.startsWith("se.slice"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElse("")
          : "";
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** With an older kernel all slices are alike; then this shows that nothing is harmed. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void slicesAreShortForTheThreadAndThoseItStartsUntilTheyRunModels() throws Exception {
    String usual = slice();
    List<String> seen = new ArrayList<>();
    Thread prompt =
        Thread.ofPlatform()
            .start(() -> {
              PromptThread.shortenSlices();
              seen.add(slice());
              Thread child =
                  Thread.ofPlatform()
                      .start(() -> {
                        seen.add(slice());
                        BackgroundThread.lower(BackgroundThread.RUNS);
                        seen.add(slice());
                      });
              try {
                child.join();
              } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
              }
            });
    prompt.join();
    String shortOnes = kernelHasSlices() ? "100000" : usual;
    assertThat(seen).containsExactly(shortOnes, shortOnes, usual);
    assertThat(slice()).isEqualTo(usual);
  }

  private static boolean kernelHasSlices() {
    String[] version = System.getProperty("os.version", "0.0").split("[.-]", 3);
    int major = Integer.parseInt(version[0]);
    return !slice().isEmpty() && (major > 6 || major == 6 && Integer.parseInt(version[1]) >= 12);
  }
}
