package dev.sluice.tensorflow;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Some of TensorFlow logs through Abseil, which does not heed {@code TF_CPP_MIN_LOG_LEVEL}. Abseil's
 * own switch is a C++ function whose name carries the release; where none of the known ones is
 * exported, a few harmless lines appear on standard error and nothing else changes.
 */
final class AbslLog {

  private static final List<String> RELEASES =
      List.of(
          "lts_20230125", "lts_20230802", "lts_20240116", "lts_20240722", "lts_20250127",
          "lts_20250512", "lts_20250814");

  private AbslLog() {}

  /**
   * Drops lines below a severity.
   *
   * @param severity 0 info, 1 warning, 2 error, 3 fatal
   */
  static void setMinLevel(SymbolLookup libraries, int severity) {
    RELEASES.stream()
        .map(release -> "_ZN4absl12" + release + "14SetMinLogLevelENS0_18LogSeverityAtLeastE")
        .map(libraries::find)
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(function -> call(function, severity));
  }

  private static void call(MemorySegment function, int severity) {
    try {
      Linker.nativeLinker()
          .downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
          .invokeExact(severity);
    } catch (Throwable thrown) {
      throw new AssertionError("a native call threw", thrown);
    }
  }
}
