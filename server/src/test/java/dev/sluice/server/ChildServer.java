package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** A server as a process of its own, whose output goes to files. Ended by {@link #close}. */
class ChildServer implements AutoCloseable {

  final Process process;
  private final Path out;
  private final Path err;

  /**
   * @param folder where the output goes; one per process
   */
  ChildServer(Path folder, String... flags) throws IOException {
    this(folder, List.of(), List.of(flags));
  }

  /**
   * @param wrapper a command that starts the server, such as setpriv; empty for none
   */
  ChildServer(Path folder, List<String> wrapper, List<String> flags) throws IOException {
    this.out = folder.resolve("out");
    this.err = folder.resolve("err");
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(classPath());
    command.add(Main.class.getName());
    command.addAll(flags);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("TF_CPP_MIN_LOG_LEVEL"); // other tests have set it in this JVM
    process = builder.start();
  }

  /** Without the test libraries' logging, which Netty would prefer to the JDK's. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("slf4j"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  String out() throws IOException {
    return Files.readString(out);
  }

  String err() throws IOException {
    return Files.readString(err);
  }

  void awaitLine(String text) throws IOException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!err().contains(text)) {
      assertThat(process.isAlive()).as("%s%n%s", out(), err()).isTrue();
      assertThat(System.nanoTime()).as("no line with %s in %s", text, err()).isLessThan(limit);
      LockSupport.parkNanos(10_000_000);
    }
  }

  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
