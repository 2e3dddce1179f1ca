package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

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
}
