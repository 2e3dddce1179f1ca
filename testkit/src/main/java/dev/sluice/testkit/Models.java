package dev.sluice.testkit;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Small SavedModels of our own, unpacked where a test wants them.
 *
 * <p>A copy appears at its place by one rename, complete, so a server may be watching that place.
 * Until then it grows beside it under a name that is no version number. Safe for use by several
 * threads. What fails in the file system is thrown as {@link UncheckedIOException}.
 *
 * <p>Every signature is called {@code serving_default} unless said otherwise. {@code
 * testkit/models/make_models.py} made the models and says how they compute.
 */
public final class Models {

  /**
   * {@code x} (float [-1]) gives {@code y} = 0.5 x + 2 in version 1 and 0.5 x + 3 in version 2; has
   * variables and an asset, no functions.
   *
   * <p>{@code regress_x_to_y} and {@code classify_x_to_y} compute the same from {@code tf.Example}s
   * with a float feature {@code x}; {@code regress_x_to_y2} adds one more. {@code regress_x2_to_y3}
   * and {@code classify_x2_to_y3} take floats as {@code inputs} and add that one too.
   */
  public static final String HALF_PLUS_TWO = "half_plus_two";

  /**
   * Gives back its inputs {@code float}, {@code double}, {@code int32}, {@code int64}, {@code bool}
   * and {@code string}, of any shape; one signature more of each of these names gives {@code x} as
   * {@code y}. Version 1; has no variables.
   */
  public static final String IDENTITY = "identity";

  /**
   * {@code text} (string, any shape) gives {@code upper} (string), {@code length} (int32, in bytes)
   * and {@code raw_bytes} (string, the text itself). Version 1.
   */
  public static final String STRINGS = "strings";

  /**
   * {@code word} (string [-1]) gives {@code id} (int64 [-1]): the line of the word in an asset file
   * that starts with zero, one, two, three, and -1 for any other word. Version 1.
   */
  public static final String TABLE = "table";

  /**
   * Waits for the largest of {@code millis} (int64, any shape, at least one element) without
   * computing, then gives them back as {@code slept}. A cancelled or timed-out run returns at once;
   * with the signature {@code stubborn} it returns when the time is over. Version 1.
   */
  public static final String SLOW = "slow";

  /**
   * A run of the signature {@code hold} lasts until a run of {@code release}, before or after it,
   * lets one through. Both take {@code x} (int64, any shape) and give it back as {@code y}. A run
   * that is held holds no thread of TensorFlow and can be cancelled. Version 1; has no {@code
   * serving_default}.
   */
  public static final String GATE = "gate";

  private static final String FOLDER = "models/";

  private Models() {}

  /**
   * Copies every version of a model below {@code directory}.
   *
   * @param directory where the model's folder is to appear; made if absent
   * @param name one of the constants of this class
   * @return the model's base path, {@code directory/name}
   * @throws IllegalArgumentException if there is no such model
   */
  public static Path copyTo(Path directory, String name) {
    return copy(name + "/", directory, name);
  }

  /**
   * Copies one version of a model under a version number of the caller's choice.
   *
   * @param name one of the constants of this class
   * @param version the version to copy
   * @param targetBasePath the base path below which the version is to appear; made if absent
   * @param targetVersion the number it gets there
   * @return the folder of the version, {@code targetBasePath/targetVersion}
   * @throws IllegalArgumentException if there is no such model or version
   */
  public static Path copyVersion(
      String name, long version, Path targetBasePath, long targetVersion) {
    return copy(name + "/" + version + "/", targetBasePath, Long.toString(targetVersion));
  }

  private static Path copy(String prefix, Path parent, String newName) {
    List<String> files = index().filter(file -> file.startsWith(prefix)).toList();
    if (files.isEmpty()) {
      throw new IllegalArgumentException("No SavedModel at " + prefix);
    }
    Path target = parent.resolve(newName);
    try {
      Files.createDirectories(parent);
      if (Files.exists(target)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      // Not createTempDirectory, whose folders only their owner may read.
      Path growing = Files.createDirectory(parent.resolve(".copying-" + UUID.randomUUID()));
      try {
        unpack(files, prefix, growing);
        Files.move(growing, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        deleteTree(growing);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't copy the SavedModel to " + target, e);
    }
    return target;
  }

  private static void unpack(List<String> files, String prefix, Path growing) throws IOException {
    for (String file : files) {
      Path target = growing.resolve(file.substring(prefix.length()));
      Files.createDirectories(target.getParent());
      try (InputStream content = open(file)) {
        Files.copy(content, target);
      }
    }
  }

  private static Stream<String> index() {
    try (InputStream index = open("index.txt")) {
      return new String(index.readAllBytes(), StandardCharsets.UTF_8).lines();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String file) throws IOException {
    InputStream content = Models.class.getResourceAsStream(FOLDER + file);
    if (content == null) {
      throw new FileNotFoundException(FOLDER + file);
    }
    return content;
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
