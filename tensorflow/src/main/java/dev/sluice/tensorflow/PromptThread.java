package dev.sluice.tensorflow;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Lets a thread that does little at a time have the processor as soon as it has something to do:
 * asks the operating system for short time slices. Safe for use by many threads.
 *
 * <p>On Linux from 6.12 on, where a thread that wakes up takes the processor from one with longer
 * slices at once. Without that a thread that computes may go on until the next tick of the clock, 1
 * to 10 ms. Who asks for short slices gets no larger share of the processor by it.
 */
public final class PromptThread {

  private static final Logger LOG = System.getLogger(PromptThread.class.getName());
  private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

  /** The shortest that Linux has. */
  private static final long SLICE_NANOS = 100_000;

  private PromptThread() {}

  /** Gives the calling thread slices of the usual length again, if it has inherited short ones. */
  static void endShortSlices() {
    if (LINUX) {
      setSlices(0);
    }
  }

  /**
   * Gives the calling platform thread short time slices from now on. Threads that it starts have
   * them too. Where the system has no such thing or refuses it, the thread stays as it was.
   */
  public static void shortenSlices() {
    if (LINUX) {
      setSlices(SLICE_NANOS);
    }
  }

  private static void setSlices(long nanos) {
    if (!CLibrary.setSlice(nanos)) {
      LOG.log(Level.DEBUG, "The system refuses to set the length of time slices");
    }
  }
}
