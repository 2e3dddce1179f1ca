package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of Linux's C library that {@link StandardError} needs, apart from {@link CLibrary},
 * since few processes need them.
 */
final class CDescriptors {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LOOKUP = LINKER.defaultLookup();

  private static final MethodHandle PIPE = function("pipe", JAVA_INT, ADDRESS);
  private static final MethodHandle DUP = function("dup", JAVA_INT, JAVA_INT);
  private static final MethodHandle DUP2 = function("dup2", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle READ =
      function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE =
      function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle SIGNAL = function("signal", ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle FCNTL =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("fcntl"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private static final int SET_FLAGS = 4;
  private static final int WRITE_ONLY_WITHOUT_BLOCKING = 0x801;
  private static final int SET_PIPE_SIZE = 1031;
  private static final int SIGABRT = 6;

  private CDescriptors() {}

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LOOKUP.findOrThrow(name), FunctionDescriptor.of(result, parameters));
  }

  private static AssertionError impossible(Throwable thrown) {
    return new AssertionError("a native call threw", thrown);
  }

  /** A pipe's ends, that for reading first; negative ones if there can be none. */
  static int[] pipe() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      int failed = (int) PIPE.invokeExact(ends);
      return failed != 0 ? new int[] {-1, -1} : ends.toArray(JAVA_INT);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Another descriptor for the same; negative if there can be none. */
  static int duplicate(int descriptor) {
    try {
      return (int) DUP.invokeExact(descriptor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Lets a descriptor lead where another one does; false if it can't. */
  static boolean redirect(int descriptor, int target) {
    try {
      return (int) DUP2.invokeExact(target, descriptor) == descriptor;
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void close(int descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /**
   * Lets a pipe hold so many bytes, if the system agrees, and refuse what it has no room for.
   *
   * @param end that for writing
   */
  static void neverBlock(int end, int bytes) {
    try {
      int _ = (int) FCNTL.invokeExact(end, SET_PIPE_SIZE, bytes);
      int _ = (int) FCNTL.invokeExact(end, SET_FLAGS, WRITE_ONLY_WITHOUT_BLOCKING);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Waits for bytes; how many came, 0 at the end, negative for a failure. */
  static int read(int descriptor, MemorySegment buffer) {
    try {
      return (int) (long) READ.invokeExact(descriptor, buffer, buffer.byteSize());
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Writes all of it, as far as it can be. */
  static void write(int descriptor, byte[] bytes, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment left = arena.allocate(Math.max(1, length));
      MemorySegment.copy(bytes, 0, left, ValueLayout.JAVA_BYTE, 0, length);
      long done = 0;
      while (done < length) {
        long more = (long) WRITE.invokeExact(descriptor, left.asSlice(done), length - done);
        if (more <= 0) {
          return; // nobody takes it any more, and there is nobody else to tell
        }
        done += more;
      }
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Has a thread that aborts the process sleep first, for as many seconds as SIGABRT's number. */
  static void sleepBeforeAbort() {
    setAbort(LOOKUP.findOrThrow("sleep"));
  }

  /** Has a thread that aborts the process do so at once. */
  static void abortAtOnce() {
    setAbort(MemorySegment.NULL);
  }

  private static void setAbort(MemorySegment handler) {
    try {
      MemorySegment _ = (MemorySegment) SIGNAL.invokeExact(SIGABRT, handler);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }
}
