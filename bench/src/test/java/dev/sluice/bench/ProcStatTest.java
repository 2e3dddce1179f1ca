package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcStatTest {

  @TempDir Path folder;

  /** A line of Linux 6.18, with a name that looks like what follows it. */
  @Test
  void cpuTimeIsUserAndSystemTime() throws Exception {
    Files.writeString(
        folder.resolve("stat"),
        "4711 (a) R 1 (b 2) S 1 4711 4711 0 -1 4194304 100 200 3 4 1234 66 7 8 20 0 9 0 1000"
            + " 2000 300\n");
    assertThat(new ProcStat(folder).cpuMicros()).isEqualTo(13_000_000);
  }

  @Test
  void compilersAreTheirThreads() throws Exception {
    thread("11", "C2 CompilerThre", 40, 2);
    thread("12", "C1 CompilerThre", 5, 0);
    thread("13", "sluice-io-1-1", 900, 100);
    Files.createDirectories(folder.resolve("task/14")); // a thread that has just ended
    assertThat(new ProcStat(folder).compilerMicros()).isEqualTo(470_000);
  }

  private void thread(String id, String name, int user, int system) throws Exception {
    Path thread = Files.createDirectories(folder.resolve("task").resolve(id));
    Files.writeString(thread.resolve("comm"), name + "\n");
    Files.writeString(
        thread.resolve("stat"),
        "%s (%s) S 1 1 1 0 -1 4194304 1 2 3 4 %d %d 0 0 20 0\n".formatted(id, name, user, system));
  }

  @Test
  void memoryIsInBytes() throws Exception {
    Files.writeString(
        folder.resolve("status"), "Name:\tjava\nVmRSS:\t    1000 kB\nRssAnon:\t   600 kB\n");
    assertThat(new ProcStat(folder).rssBytes()).isEqualTo(1_024_000);
    assertThat(new ProcStat(folder).anonymousBytes()).isEqualTo(614_400);
  }

  @Test
  void processThatIsGoneIsAnError() {
    assertThatThrownBy(() -> new ProcStat(folder).cpuMicros()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> new ProcStat(folder).rssBytes()).isInstanceOf(IOException.class);
  }

  @Test
  void thisProcessUsesCpu() throws Exception {
    ProcStat self = ProcStat.of(ProcessHandle.current().pid());
    double before = self.cpuMicros();
    assertThat(before).isPositive();
    long sum = 0;
    while (self.cpuMicros() < before + 50_000) {
      sum += System.nanoTime();
    }
    assertThat(sum).isNotZero();
    assertThat(self.compilerMicros()).isPositive().isLessThan(self.cpuMicros());
    assertThat(self.rssBytes()).isGreaterThan(self.anonymousBytes());
  }
}
