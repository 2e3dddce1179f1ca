package dev.sluice.tensorflow;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** TensorFlow in this process: loaded once, from one folder, for good. Thread-safe. */
public final class TensorFlow {

  /** File names by role, the usual one first: Linux, then macOS; the C library alone will do. */
  private static final List<String> FRAMEWORK =
      List.of("libtensorflow_framework.so.2", "libtensorflow_framework.2.dylib");

  private static final List<String> C_API =
      List.of(
          "libtensorflow_cc.so.2",
          "libtensorflow.so.2",
          "libtensorflow_cc.2.dylib",
          "libtensorflow.2.dylib");

  private static final String LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL";
  private static final String EVERYTHING = "0";
  private static final String ERRORS = "2";

  private static Path @Nullable [] libraries;
  private static boolean started;

  private TensorFlow() {}

  /** As {@link #load(Path, SessionOptions)}, with as many threads as TensorFlow chooses. */
  public static String load(Path directory) {
    return load(directory, SessionOptions.SERVE);
  }

  /**
   * Loads TensorFlow's libraries. Does nothing if they are loaded from this folder already.
   *
   * <p>Unless {@code TF_CPP_MIN_LOG_LEVEL} is set, TensorFlow is told to print errors only. Unless
   * it is 0, a first session is made here, quietly.
   *
   * @param directory holds {@code libtensorflow_framework.so.2} and {@code libtensorflow_cc.so.2}
   *     (or {@code libtensorflow.so.2}) of TensorFlow 2.x
   * @param options of every session; the threads inside an operation are those of the first one for
   *     the whole process
   * @return the version, for example {@code 2.18.0}
   * @throws StatusException NOT_FOUND if the files are not there, FAILED_PRECONDITION if they are
   *     not a TensorFlow that can be loaded here or another folder was loaded before
   */
  public static synchronized String load(Path directory, SessionOptions options) {
    Path[] wanted = {find(directory, FRAMEWORK), find(directory, C_API)};
    if (libraries != null && !libraries[0].equals(wanted[0])) {
      throw StatusException.failedPrecondition(
          "TensorFlow is loaded from %s already and cannot be loaded again from %s",
          libraries[0].getParent(), directory);
    }
    CLibrary.setEnvironment(LOG_LEVEL, ERRORS);
    libraries = wanted;
    try {
      String version = CApi.version();
      if (!started && !EVERYTHING.equals(System.getenv(LOG_LEVEL))) {
        CLibrary.withoutStandardError(() -> FirstSession.run(options));
      }
      started = true;
      return version;
    } catch (LinkageError failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw new StatusException(
          StatusCode.FAILED_PRECONDITION,
          "cannot load TensorFlow from " + directory + ": " + cause.getMessage(),
          failure);
    }
  }

  /**
   * Has TensorFlow print all it has to say, information too, unless the environment says otherwise.
   * To be called before it is loaded.
   */
  public static void printEverything() {
    CLibrary.setEnvironment(LOG_LEVEL, EVERYTHING);
  }

  private static Path find(Path directory, List<String> names) {
    for (String name : names) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        return file.toAbsolutePath().normalize();
      }
    }
    throw StatusException.notFound(
        "no TensorFlow library in %s: expected a file %s", directory, String.join(" or ", names));
  }

  /**
   * Loads a library with operations that are not TensorFlow's own, for good, or each that is in a
   * folder. TensorFlow is loaded before; models that have such operations are loaded after.
   *
   * @throws StatusException NOT_FOUND if nothing is there, FAILED_PRECONDITION if it can't be
   *     loaded into this TensorFlow
   */
  public static synchronized void loadOperations(Path place) {
    List<Path> libraries = Files.isDirectory(place) ? librariesIn(place) : List.of(place);
    if (libraries.isEmpty() || !Files.isRegularFile(libraries.getFirst())) {
      throw StatusException.notFound("no library with operations at %s", place);
    }
    libraries.forEach(TensorFlow::loadLibrary);
  }

  private static List<Path> librariesIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".so") || file.toString().endsWith(".dylib"))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException failure) {
      throw new StatusException(
          StatusCode.NOT_FOUND, "cannot read %s: %s".formatted(folder, failure), failure);
    }
  }

  private static void loadLibrary(Path library) {
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      // What is given back only lists the operations, and lives as long as the process.
      var _ = CApi.loadLibrary(arena.allocateFrom(library.toString()), status.pointer());
      if (!status.isOk()) {
        StatusException failure = status.failure();
        throw new StatusException(
            StatusCode.FAILED_PRECONDITION,
            "cannot load the operations in %s, which have to be built for TensorFlow %s: %s"
                .formatted(library, CApi.version(), failure.getMessage()),
            failure);
      }
    }
  }

  /** The files that {@link CApi} binds to. */
  static synchronized Path[] libraries() {
    if (libraries == null) {
      throw new IllegalStateException("TensorFlow.load has not been called");
    }
    return libraries.clone();
  }

  /** Gives memory that unloaded models left in the C library's pools back to the system. */
  public static void trimMemory() {
    CLibrary.trim();
  }
}
