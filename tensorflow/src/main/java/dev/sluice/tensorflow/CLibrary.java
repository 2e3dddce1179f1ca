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
