package dev.sluice.examples.boston;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;

/**
 * Loads TensorFlow for Java from a folder with its unpacked libraries, in such a way that it says
 * nothing but errors.
 *
 * <p>Its log level is an environment variable, which Java can't set for its own process: {@code
 * setenv} is called directly. One remark gets past the level, in the first run of a process. That
 * run is made here, with the standard error of the process leading nowhere meanwhile.
 */
final class QuietTensorFlow {

  private static final String JNI_LIBRARY = System.mapLibraryName("jnitensorflow");
  private static final Linker LINKER = Linker.nativeLinker();
  private static final int STANDARD_ERROR = 2;
  private static final int WRITE_ONLY = 1;

  private QuietTensorFlow() {}

  /**
   * Once per process, before anything of TensorFlow is touched.
   *
   * @param libraries a folder into which Sluice has unpacked TensorFlow's libraries
   * @throws TrainerException if they are not there or cannot be loaded
   */
  static void load(Path libraries) {
    if (!Files.isRegularFile(libraries.resolve(JNI_LIBRARY))) {
      throw new TrainerException(
          "no %s in %s: expected the folder into which Sluice unpacks TensorFlow's libraries"
              .formatted(JNI_LIBRARY, libraries));
    }
    // Where TensorFlow for Java looks for libraries, and that it shall not copy them to a cache.
    System.setProperty(
        "org.bytedeco.javacpp.platform.preloadpath", libraries.toAbsolutePath().toString());
    System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    System.setProperty("org.bytedeco.javacpp.cacheLibraries", "false");
    setLogLevel();
    try {
      String _ = TensorFlow.version(); // loads the libraries
      withoutStandardError(QuietTensorFlow::firstRun);
    } catch (LinkageError failure) {
      throw new TrainerException(
          "cannot load TensorFlow from %s: %s".formatted(libraries, reason(failure)));
    }
  }

  private static String reason(Throwable failure) {
    Throwable reason = failure;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    return String.valueOf(reason.getMessage());
  }

  private static void firstRun() {
    try (Graph graph = new Graph();
        Session session = new Session(graph, RunningNetwork.ONE_THREAD)) {
      session.runner().fetch(Ops.create(graph).constant(1f)).run().close();
    }
  }

  /** Errors only, unless the user has chosen a level. */
  private static void setLogLevel() {
    MethodHandle setenv = function("setenv", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int _ =
          (int)
              setenv.invokeExact(
                  arena.allocateFrom("TF_CPP_MIN_LOG_LEVEL"), arena.allocateFrom("2"), 0);
    } catch (Throwable thrown) {
      throw new AssertionError("setenv threw", thrown);
    }
  }

  private static void withoutStandardError(Runnable action) {
    int saved = duplicate(STANDARD_ERROR);
    int nowhere = openNowhere();
    replaceStandardError(nowhere);
    try {
      action.run();
    } finally {
      replaceStandardError(saved);
    }
  }

  private static int duplicate(int descriptor) {
    try {
      return (int) function("dup", JAVA_INT, JAVA_INT).invokeExact(descriptor);
    } catch (Throwable thrown) {
      throw new AssertionError("dup threw", thrown);
    }
  }

  private static int openNowhere() {
    MethodHandle open =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    try (Arena arena = Arena.ofConfined()) {
      return (int) open.invokeExact(arena.allocateFrom("/dev/null"), WRITE_ONLY);
    } catch (Throwable thrown) {
      throw new AssertionError("open threw", thrown);
    }
  }

  /**
   * Lets descriptor 2 be another one from now on, and closes that one; nothing if there is none.
   */
  private static void replaceStandardError(int other) {
    if (other < 0) {
      return;
    }
    try {
      int _ =
          (int) function("dup2", JAVA_INT, JAVA_INT, JAVA_INT).invokeExact(other, STANDARD_ERROR);
      int _ = (int) function("close", JAVA_INT, JAVA_INT).invokeExact(other);
    } catch (Throwable thrown) {
      throw new AssertionError("dup2 or close threw", thrown);
    }
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }
}
