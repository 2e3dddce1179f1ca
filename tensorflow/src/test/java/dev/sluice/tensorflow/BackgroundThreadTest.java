package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BackgroundThreadTest {

  @Test
  @EnabledOnOs(OS.LINUX)
  void onlyTheCallingThreadAndThoseItStartsAreLowered() throws InterruptedException {
    int before = CLibrary.nice();
    List<Integer> seen = new ArrayList<>();
    Thread background =
        Thread.ofPlatform()
            .start(() -> {
              BackgroundThread.lower(BackgroundThread.LOADS);
              BackgroundThread.lower(BackgroundThread.RUNS);
              seen.add(CLibrary.nice());
              Thread child = Thread.ofPlatform().start(() -> seen.add(CLibrary.nice()));
              try {
                child.join();
              } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
              }
            });
    background.join();
    int expected = Math.max(before, BackgroundThread.LOADS);
    assertThat(seen).containsExactly(expected, expected);
    assertThat(CLibrary.nice()).isEqualTo(before);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void compilersAreLowered() throws IOException {
    assertThat(BackgroundThread.lowerCompilers()).isPositive();
    List<Integer> seen = new ArrayList<>();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/self/task"), BackgroundThreadTest::isCompiler)) {
      threads.forEach(thread -> {
        int nice = CLibrary.nice(Integer.parseInt(thread.getFileName().toString()));
        if (Files.exists(thread)) { // else it has ended, and the value means nothing
          seen.add(nice);
        }
      });
    }
    assertThat(seen).isNotEmpty().allMatch(nice -> nice >= BackgroundThread.RUNS);
  }

  private static boolean isCompiler(Path thread) throws IOException {
    try {
      return Files.readString(thread.resolve("comm")).contains("CompilerThre");
    } catch (NoSuchFileException ended) {
      return false;
    }
  }
}
