package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;

/** The few functions of the C library that TensorFlow's surroundings need. */
final class CLibrary {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LOOKUP = LINKER.defaultLookup();

  private static final MethodHandle MALLOC =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("malloc"), FunctionDescriptor.of(ADDRESS, JAVA_LONG));
  private static final MethodHandle FREE =
      LINKER.downcallHandle(LOOKUP.findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle SETENV =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("setenv"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));

  private static final MethodHandle DUP =
      LINKER.downcallHandle(LOOKUP.findOrThrow("dup"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle DUP2 =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("dup2"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("open"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(LOOKUP.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private static final MethodHandle SETPRIORITY =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("setpriority"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle GETPRIORITY =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("getpriority"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  /** Linux's {@code sched_setattr}, for which C libraries have no function before glibc 2.41. */
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LOOKUP.findOrThrow("syscall"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(1));

  private static final Map<String, Long> SCHED_SETATTR =
      Map.of("amd64", 314L, "x86_64", 314L, "aarch64", 274L);

  /** {@code struct sched_attr} as it was at first, which every version takes. */
  private static final int SCHED_ATTR_BYTES = 48;

  private static final long KEEP_POLICY = 0x08;

  /** {@code PRIO_PROCESS}; with 0 for whom it means, on Linux, the calling thread. */
  private static final int PRIO_PROCESS = 0;

  private static final int STANDARD_ERROR = 2;
  private static final int WRITE_ONLY = 1;

  /** glibc only. */
  private static final Optional<MethodHandle> MALLOC_TRIM =
      LOOKUP
          .find("malloc_trim")
          .map(symbol -> LINKER.downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));

  private CLibrary() {}

  private static AssertionError impossible(Throwable thrown) {
    return new AssertionError("a native call threw", thrown);
  }

  /** {@link MemorySegment#NULL} where there is no memory. */
  static MemorySegment malloc(long bytes) {
    try {
      MemorySegment memory = (MemorySegment) MALLOC.invokeExact(Math.max(1, bytes));
      return memory.address() == 0 ? MemorySegment.NULL : memory.reinterpret(bytes);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void free(MemorySegment memory) {
    try {
      FREE.invokeExact(memory);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Sets an environment variable of the process for native code, unless it is set already. */
  static void setEnvironment(String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      int _ = (int) SETENV.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Does something while descriptor 2 leads nowhere; where that cannot be had, aloud. */
  static void withoutStandardError(Runnable action) {
    try (Arena arena = Arena.ofConfined()) {
      int saved = (int) DUP.invokeExact(STANDARD_ERROR);
      int nowhere = (int) OPEN.invokeExact(arena.allocateFrom("/dev/null"), WRITE_ONLY);
      boolean redirected = saved >= 0 && nowhere >= 0;
      if (redirected) {
        int _ = (int) DUP2.invokeExact(nowhere, STANDARD_ERROR);
      }
      try {
        action.run();
      } finally {
        if (redirected) {
          int _ = (int) DUP2.invokeExact(saved, STANDARD_ERROR);
        }
        close(saved);
        close(nowhere);
      }
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  private static void close(int descriptor) throws Throwable {
    if (descriptor >= 0) {
      int _ = (int) CLOSE.invokeExact(descriptor);
    }
  }

  /** Sets the nice value of the calling thread, on Linux; false if the system refuses. */
  static boolean setNice(int nice) {
    try {
      return (int) SETPRIORITY.invokeExact(PRIO_PROCESS, 0, nice) == 0;
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** The nice value of the calling thread, on Linux. */
  static int nice() {
    try {
      return (int) GETPRIORITY.invokeExact(PRIO_PROCESS, 0);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /**
   * Asks for time slices of another length for the calling thread, on Linux. Its policy and its
   * nice value stay. Kernels before 6.12 take note of nothing.
   *
   * @param nanos 100,000 to 100,000,000; 0 for the system's own length
   * @return false if the system refuses
   */
  static boolean setSlice(long nanos) {
    Long number = SCHED_SETATTR.get(System.getProperty("os.arch", ""));
    if (number == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(SCHED_ATTR_BYTES, Long.BYTES);
      attributes.set(JAVA_INT, 0, SCHED_ATTR_BYTES);
      attributes.set(JAVA_LONG, 8, KEEP_POLICY);
      attributes.set(JAVA_INT, 16, nice());
      attributes.set(JAVA_LONG, 24, nanos);
      return (long) SYSCALL.invokeExact((long) number, 0, attributes, 0) == 0;
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Gives freed memory back to the system. Does nothing where the C library cannot. */
  static void trim() {
    if (MALLOC_TRIM.isEmpty()) {
      return;
    }
    try {
      int _ = (int) MALLOC_TRIM.get().invokeExact(0L);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }
}
