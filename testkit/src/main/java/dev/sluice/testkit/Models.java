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
import java.util.function.Consumer;
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

  /**
   * {@code inputs} (serialised {@code tf.Example}s, string [-1]) gives {@code classes} (string [-1,
   * 3]) and {@code scores} (float [-1, 3]): small with -s, medium with 0.5, large with s, where s =
   * {@code x} + {@code bias}. Version 1; a graph of TensorFlow 1 without variables.
   *
   * <p>An example has the float feature {@code x} and may have {@code bias} (float, else 0), {@code
   * count} (int64, else 0) and {@code word} (bytes, else empty). Further signatures, all with the
   * same input:
   *
   * <ul>
   *   <li>{@code classes_only}, {@code scores_only}; {@code top_two}: the two best, the best first,
   *       for s = 2 large, medium and for s = -1 small, medium; {@code no_classes}: both [-1, 0];
   *   <li>{@code features}: {@code classes} are s with two decimals, {@code count} and {@code
   *       word}, so a test sees what arrived;
   *   <li>{@code regress} and {@code regress_column}: {@code outputs} = 10 s, as [-1] and [-1, 1];
   *   <li>{@code foreign_method} and {@code no_method}: as {@code serving_default}, but the method
   *       name is {@code not/supported/method} or empty.
   * </ul>
   */
  public static final String CLASSIFIER = "classifier";

  /**
   * Examples as those of {@link #CLASSIFIER} give {@code outputs} (float [-1]) = 10 s. The
   * signature {@code classify} gives low with -s and high with s. Version 1; exported by TensorFlow
   * 2, so the method name of both is {@code tensorflow/serving/predict}.
   */
  public static final String REGRESSOR = "regressor";

  /**
   * Signatures that look right for classify or regress, with {@code inputs} (string [-1], any
   * bytes, n of them), and return what is wrong. Version 1; has no {@code serving_default}.
   *
   * <ul>
   *   <li>{@code classes}: {@code classes_int64} [n, 2], {@code classes_vector} [n], {@code
   *       classes_row_more} [n + 1, 2];
   *   <li>{@code scores}: {@code scores_double} [n, 2], {@code scores_scalar} [], {@code
   *       scores_vector} [n], {@code scores_cube} [n, 2, 3];
   *   <li>good {@code classes} [n, 2], but {@code scores} [n + 1, 2] in {@code scores_row_more} and
   *       [n, 3] in {@code scores_column_more};
   *   <li>{@code outputs}: {@code regress_two_columns} [n, 2], {@code regress_cube} [n, 1, 1],
   *       {@code regress_scalar} [], {@code regress_row_more} [n + 1], {@code regress_double} [n],
   *       {@code regress_string} [n].
   * </ul>
   */
  public static final String WRONG_RESULTS = "wrong_results";

  /**
   * Signatures that are refused for classify or regress by their looks. Version 1; has no {@code
   * serving_default}.
   *
   * <p>{@code empty} has neither inputs nor outputs. {@code classify_two_inputs}, {@code
   * classify_other_input} (named {@code examples}), {@code classify_three_outputs}, {@code
   * classify_other_outputs} (named {@code class} and {@code score}), {@code regress_two_inputs},
   * {@code regress_other_input}, {@code regress_two_outputs} and {@code regress_other_output}
   * (named {@code output}) say what is wrong. {@code classify_floats} takes floats and fails in the
   * run; {@code predict} would do for regress, were it not for its method name.
   */
  public static final String WRONG_SIGNATURES = "wrong_signatures";

  /**
   * Gives {@code x} as {@code y}, any shape, one signature for each type, named like the type:
   * {@code half}, {@code bfloat16}, {@code float}, {@code double}, {@code int8} to {@code int64},
   * {@code uint8} to {@code uint64}, {@code bool}, {@code string}, {@code complex64}, {@code
   * complex128}, {@code qint8}, {@code quint8}, {@code qint16}, {@code quint16}, {@code qint32},
   * {@code float8_e5m2}, {@code float8_e4m3fn}, {@code int4} and {@code uint4}. Version 1; has no
   * {@code serving_default}.
   */
  public static final String ALL_TYPES = "all_types";

  /**
   * {@code x} gives {@code y} = 2 x (float). The signatures declare the shapes {@code fixed} [2,
   * 3], {@code batch} [-1, 3], {@code any} (unknown rank) and {@code scalar} []; TensorFlow takes
   * others too. Version 1; has no {@code serving_default}.
   */
  public static final String SHAPES = "shapes";

  /**
   * {@code numbers} (float [-1, 3]) and {@code words} (string [-1]) give {@code total} (float [-1],
   * the sum of each row), {@code tagged} (string [-1], such as {@code word=6.0}) and {@code
   * columns} (float [3], the sum of each column), whose first dimension is not the batch. The
   * signature {@code rows} leaves {@code columns} out; {@code twins} gives the total of {@code
   * numbers} twice, as {@code first} and {@code second}, which are one tensor of the graph. Version
   * 1.
   */
  public static final String MIXED = "mixed";

  /**
   * A count (int64) that is 0 after each load. {@code get_counter}, {@code incr_counter} and {@code
   * reset_counter} have no inputs, {@code incr_counter_by} has {@code delta} (int64 []); all give
   * the new count as {@code output}. {@code serving_default} counts its runs: {@code x} (float
   * [-1]) gives {@code y} = x and {@code run} (int64 [-1]), the new count in each row. No two runs
   * of {@code incr_counter} or {@code serving_default} get the same number. Version 1.
   */
  public static final String COUNTER = "counter";

  /**
   * Rows of different lengths, as TensorFlow 2 exports them: {@code values} (float [-1], all rows
   * end to end) and {@code values_1} (int64 [-1], where each row begins, and the end of the last)
   * give {@code total} (float [-1], the sum of each row). In the signature {@code doubled} the
   * output is ragged itself, a composite tensor, and cannot be run. {@code sparse} takes {@code
   * values} (int64 [-1, 2], the places), {@code values_1} (float [-1]) and {@code values_2} (int64
   * [2], the shape) and gives {@code dense}. Version 1.
   */
  public static final String RAGGED = "ragged";

  /**
   * {@code x} (float [-1]) times {@code factor} (float [], 2 if not sent) gives {@code y}, and as
   * {@code label} the same with a {@code unit} (string [], {@code kg} if not sent): {@code 3.0 kg}.
   * The signature holds the defaults. Version 1.
   */
  public static final String DEFAULTS = "defaults";

  /**
   * A dense network exported by Keras 3, with a ReLU: {@code features} (float [-1, 3]: a, b, c)
   * give {@code output_0} (float [-1, 1]) = 1 + 2 relu(a + c) + 3 relu(b - c + 0.5). The signature
   * {@code serve} is the same once more. Version 1; has variables.
   */
  public static final String KERAS = "keras";

  /**
   * Models in which an answer's row depends on more than its own row of the request, so that
   * requests must not share a run; each has a version 1 and a signature {@code serving_default}.
   * {@link RandomInputs} makes requests for them.
   *
   * <p>{@code run_count} counts its runs, {@code noise} is random and {@code table_write} remembers
   * words; their answers are not the same twice. The others keep no state: {@code batch_mean},
   * {@code max_mask}, {@code unique}, {@code cond_any}, {@code top_row}, {@code running_sum},
   * {@code sorted_rows}, {@code batch_norm}, and {@code padding}, whose answers have rows up to a
   * multiple of four. {@code scan}, {@code row_before} and {@code early_stop} are loops over the
   * rows that carry something from row to row.
   */
  public static final List<String> COUPLED =
      List.of(
          "batch_mean",
          "max_mask",
          "unique",
          "cond_any",
          "top_row",
          "run_count",
          "noise",
          "padding",
          "running_sum",
          "sorted_rows",
          "batch_norm",
          "table_write",
          "scan",
          "row_before",
          "early_stop");

  /**
   * More of that kind, without state: some 35 signatures, each named after how it mixes rows.
   * {@code scalar_input}, {@code one_row}, {@code shared_row} and {@code any_rank} would mix them
   * only for some requests. Version 1; has no {@code serving_default}.
   */
  public static final String TANGLED = "tangled";

  /**
   * The same as TensorFlow 1 exports it, without functions and with its old control flow; {@code
   * noise} is random, {@code queue} keeps a state. Version 1; has no {@code serving_default}.
   */
  public static final String TANGLED_GRAPH = "tangled_graph";

  /**
   * The same in loops over the rows, which look like a {@code tf.map_fn} and are none: some 20
   * signatures, of which {@code random_items} is random. Version 1; has no {@code serving_default}.
   */
  public static final String TANGLED_LOOPS = "tangled_loops";

  /**
   * Models in which row i of each output depends on row i of each input alone, so that requests may
   * share a run. Each has a version 1 and a signature {@code serving_default}; none keeps a state.
   * {@link RandomInputs} makes requests for them. Floats may differ in their last bits from those
   * of a run on one row.
   *
   * <p>{@code mapped} takes files and words and goes over them with {@code tf.map_fn}; its other
   * signatures are such loops as well.
   */
  public static final List<String> ROW_WISE =
      List.of(
          "mlp",
          "cnn",
          "embedding",
          "lstm",
          "softmax",
          "lookup",
          "words",
          "many_ports",
          "attention",
          "preprocessing",
          "columns",
          "parsed",
          "mapped");

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
    return copy(name + "/", directory, name, copy -> {});
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
    return copy(
        name + "/" + version + "/", targetBasePath, Long.toString(targetVersion), copy -> {});
  }

  /**
   * Copies what is below a folder of the resources; {@code change} gets it before it appears. The
   * newest version is written first: a server that leaves versions out for as long as they are
   * young would otherwise begin with the oldest one, now and then.
   */
  static Path copy(String prefix, Path parent, String newName, Consumer<Path> change) {
    List<String> files = index().filter(file -> file.startsWith(prefix)).toList().reversed();
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
        change.accept(growing);
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
