package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What Linux says of a process in {@code /proc}. A figure is as of the call.
 *
 * @param folder of the process, such as {@code /proc/4711}
 */
record ProcStat(Path folder) {

  /** Of a second; a constant of Linux's interface on every platform that Sluice runs on. */
  private static final int TICKS = 100;

  /** Fields of {@code stat} behind the name, which is in brackets and may have any characters. */
  private static final int USER_TIME = 11;

  private static final int SYSTEM_TIME = 12;

  /** What HotSpot calls such threads. */
  private static final Pattern COMPILER = Pattern.compile("C[12] Compiler");

  static ProcStat of(long pid) {
    return new ProcStat(Path.of("/proc", Long.toString(pid)));
  }

  /**
   * CPU time that all threads of the process have used, those that ended among them: in user mode
   * and in the kernel on its behalf, in microseconds, counted in steps of 10 ms.
   *
   * @throws IOException if the process is gone
   */
  double cpuMicros() throws IOException {
    return cpuMicros(folder);
  }

  /**
   * The part of it that a JVM's compilers have used, those of their threads that are there now.
   *
   * @throws IOException if the process is gone
   */
  double compilerMicros() throws IOException {
    double sum = 0;
    try (Stream<Path> threads = Files.list(folder.resolve("task"))) {
      for (Path thread : threads.toList()) {
        sum += isCompiler(thread) ? cpuMicros(thread) : 0;
      }
    }
    return sum;
  }

  private static boolean isCompiler(Path thread) throws IOException {
    try {
      return COMPILER.matcher(Files.readString(thread.resolve("comm"))).lookingAt();
    } catch (NoSuchFileException ended) {
      return false;
    }
  }

  private static double cpuMicros(Path folder) throws IOException {
    String stat = Files.readString(folder.resolve("stat"));
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    long ticks = Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME));
    return ticks * 1e6 / TICKS;
  }

  /** Memory that is in RAM, in bytes. */
  long rssBytes() throws IOException {
    return status("VmRSS");
  }

  /** Of that, what is no file: heaps, stacks, what was changed of files. In bytes. */
  long anonymousBytes() throws IOException {
    return status("RssAnon");
  }

  private long status(String name) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("status"));
    for (String line : lines) {
      if (line.startsWith(name + ":")) {
        String value = line.substring(name.length() + 1).strip().toLowerCase(Locale.ROOT);
        return 1024 * Long.parseLong(value.substring(0, value.indexOf(" kb")));
      }
    }
    throw new IOException("no " + name + " in " + folder.resolve("status"));
  }
}
