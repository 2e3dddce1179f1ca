package dev.sluice.tensorflow;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * Lets a thread take the processor only as far as those that serve leave it: lowers its priority in
 * the operating system. Safe for use by many threads.
 *
 * <p>On Linux, where each thread has a nice value of its own, and threads that it starts inherit
 * that. Elsewhere nothing is done: on other systems the value is that of the whole process.
 *
 * <p>Threads that read requests and write answers stay as they are, so that they never wait for one
 * that computes. Runs and the JVM's compilers come next, loads last. Beside a thread that always
 * has work, a load gets about a tenth of a processor. The lowest value there is would leave it a
 * seventieth, and a thread that runs so seldom holds up others: a garbage collection waits until
 * each thread of Java code has noticed.
 */
public final class BackgroundThread {

  /** The nice value of threads that make runs, of -20, the most urgent, to 19. */
  public static final int RUNS = 5;

  /** That of threads that load models. */
  public static final int LOADS = 10;

  private static final Logger LOG = System.getLogger(BackgroundThread.class.getName());
  private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

  /** The process's threads by number. */
  private static final Path THREADS = Path.of("/proc/self/task");

  /** What the JVM calls its compilers, as far as the system keeps names. */
  private static final Pattern COMPILER = Pattern.compile("C[12] CompilerThre");

  private static final AtomicBoolean REFUSED = new AtomicBoolean();

  private BackgroundThread() {}

  /**
   * Lowers the priority of the calling platform thread for good, since to raise it again takes
   * rights that a server should not have. If the system refuses, that is logged once, and the
   * thread stays as it was.
   *
   * @param nice {@link #RUNS} or {@link #LOADS}
   */
  public static void lower(int nice) {
    if (LINUX && !lowered(nice) && REFUSED.compareAndSet(false, true)) {
      LOG.log(
          Level.WARNING, "Models run and load at full priority: the system refused a lower one");
    }
  }

  /**
   * Lowers the priority of the JVM's compilers to that of runs, for good; those that the JVM starts
   * later inherit it from them. They work in bursts of milliseconds for as long as a server's code
   * becomes warm, which answers would have to wait for.
   *
   * @return how many there are; 0 where the system is not Linux, or does not show its threads
   */
  public static int lowerCompilers() {
    if (!LINUX) {
      return 0;
    }
    int count = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (isCompiler(thread)) {
          count++;
          lower(Integer.parseInt(thread.getFileName().toString()), RUNS);
        }
      }
    } catch (IOException | DirectoryIteratorException hidden) {
      LOG.log(Level.DEBUG, "The threads of the process can't be seen", hidden);
    }
    return count;
  }

  private static boolean isCompiler(Path thread) throws IOException {
    try {
      return COMPILER.matcher(Files.readString(thread.resolve("comm")).strip()).matches();
    } catch (NoSuchFileException ended) {
      return false;
    }
  }

  private static void lower(int thread, int nice) {
    boolean done = CLibrary.nice(thread) >= nice || CLibrary.setNice(thread, nice);
    if (!done) {
      LOG.log(Level.DEBUG, "The system refuses a lower priority for thread {0}", thread);
    }
  }

  /**
   * One that is lower already, as everything is where the server was started so, stays there. Short
   * slices are for {@link PromptThread}s; one of them may have started this thread.
   */
  private static boolean lowered(int nice) {
    PromptThread.endShortSlices();
    return CLibrary.nice() >= nice || CLibrary.setNice(nice);
  }
}
