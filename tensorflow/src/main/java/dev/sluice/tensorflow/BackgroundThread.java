package dev.sluice.tensorflow;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets a thread take the processor only as far as those that serve leave it: lowers its priority in
 * the operating system. Safe for use by many threads.
 *
 * <p>On Linux, where each thread has a nice value of its own, and threads that it starts inherit
 * that. Elsewhere nothing is done: on other systems the value is that of the whole process.
 *
 * <p>Threads that read requests and write answers stay as they are, so that they never wait for one
 * that computes. Runs come next, loads last. Beside a thread that always has work, a load gets
 * about a tenth of a processor. The lowest value there is would leave it a seventieth, and a thread
 * that runs so seldom holds up others: a garbage collection waits until each thread of Java code
 * has noticed.
 */
public final class BackgroundThread {

  /** The nice value of threads that make runs, of -20, the most urgent, to 19. */
  public static final int RUNS = 5;

  /** That of threads that load models. */
  public static final int LOADS = 10;

  private static final Logger LOG = System.getLogger(BackgroundThread.class.getName());
  private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");
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
   * One that is lower already, as everything is where the server was started so, stays there. Short
   * slices are for {@link PromptThread}s; one of them may have started this thread.
   */
  private static boolean lowered(int nice) {
    PromptThread.endShortSlices();
    return CLibrary.nice() >= nice || CLibrary.setNice(nice);
  }
}
