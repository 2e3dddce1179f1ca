package dev.sluice.examples.boston;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.core.ServableId;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SavedModelLoader;
import dev.sluice.tensorflow.SessionOptions;
import dev.sluice.tensorflow.TensorFlow;
import dev.sluice.tensorflow.TensorFlowLibraries;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The trainer as the launcher starts it: a process of its own, on the server's unpacked libraries.
 */
final class TrainerTest {

  private static final Path LIBRARIES =
      new TensorFlowLibraries(
              TensorFlowLibraries.cacheDirectory(System.getenv()), System.out::println)
          .directory();

  @TempDir private Path temporary;
  private Path models;
  private Path report;

  private record Ended(int code, List<String> out, String err) {}

  @BeforeEach
  void nameFiles() {
    models = temporary.resolve("models");
    report = temporary.resolve("report.json");
  }

  @Test
  void trainedNetworkPredictsAndIsServedAsItWasInMemory() throws Exception {
    Ended ended = train("--models=" + models, "--report=" + report);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.code()).isZero();
    assertThat(ended.out())
        .allMatch(
            Pattern.compile(
                    "Boston housing: .*|  epoch .*|  still working.*|Stopped after .*|Test RMSE .*|Wrote version 1: .*")
                .asMatchPredicate())
        .hasSizeBetween(6, 40)
        .anyMatch(line -> line.startsWith("  epoch    1   train loss "));
    String json = Files.readString(report);
    double rmse = number(json, "test_rmse");
    assertThat(rmse).isLessThan(4.5).isLessThan(0.5 * number(json, "mean_rmse"));
    Path version = models.resolve("boston_model/0000001");
    assertThat(ended.out().getLast()).isEqualTo("Wrote version 1: " + version);
    assertThat(number(json, "version")).isEqualTo(1);
    assertThat(served(version)).isCloseTo((float) number(json, "prediction"), within(1e-4f));
  }

  @Test
  void exportHasTheLayoutOfASavedModel() throws Exception {
    assertThat(train("--models=" + models, "--max_epochs=1").code()).isZero();

    Path version = models.resolve("boston_model/0000001");
    try (Stream<Path> files = Files.walk(version)) {
      assertThat(files.map(file -> version.relativize(file).toString()))
          .containsExactlyInAnyOrder(
              "",
              "assets",
              "saved_model.pb",
              "variables",
              "variables/variables.data-00000-of-00001",
              "variables/variables.index");
    }
    assertThat(models.resolve("boston_model")).isDirectoryNotContaining("glob:**/.*");
  }

  @Test
  void sameSeedWritesTheSameFilesAsTheNextVersion() throws Exception {
    for (int run = 0; run < 2; run++) {
      assertThat(train("--models=" + models, "--max_epochs=5", "--seed=3").code()).isZero();
    }

    for (String file : List.of("saved_model.pb", "variables/variables.data-00000-of-00001")) {
      assertThat(models.resolve("boston_model/0000002").resolve(file))
          .hasSameBinaryContentAs(models.resolve("boston_model/0000001").resolve(file));
    }
  }

  @Test
  void librariesThatCannotBeLoadedEndWithOneAndALine() throws Exception {
    Path broken = Files.createDirectory(temporary.resolve("broken"));
    String bridge = System.mapLibraryName("jnitensorflow");
    Files.copy(LIBRARIES.resolve(bridge), broken.resolve(bridge)); // without what it needs

    Ended ended = run(broken, "--models=" + models);

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("Training failed: cannot load TensorFlow from " + broken + ": ")
        .hasLineCount(1);
    assertThat(models).doesNotExist();
  }

  @Test
  void folderThatCannotBeWrittenEndsWithOneAndALine() throws Exception {
    Files.writeString(models, "a file");

    Ended ended = train("--models=" + models, "--max_epochs=1");

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("Training failed: cannot write a version into " + models)
        .hasLineCount(1);
  }

  private Ended train(String... arguments) throws Exception {
    return run(LIBRARIES, arguments);
  }

  private Ended run(Path libraries, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                Trainer.class.getName(),
                "--tensorflow_library_dir=" + libraries));
    command.addAll(List.of(arguments));
    Path out = temporary.resolve("out.txt");
    Path err = temporary.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TF_"));
    int code = builder.start().waitFor();
    return new Ended(code, Files.readAllLines(out), Files.readString(err));
  }

  /** The trainer's own: nothing of the server, and no artifact with native libraries. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry ->
            entry.matches(
                ".*/boston-housing/target/classes"
                    + "|.*/(tensorflow-core-api|tensorflow-core-native|javacpp|ndarray|protobuf-java|jspecify)-[0-9.]+\\.jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static double number(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\": ([^,]+),").matcher(json);
    assertThat(matcher.find()).as(name).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  /** What the engine of the server answers to the sample row. */
  private static float served(Path version) throws IOException {
    TensorFlow.load(LIBRARIES);
    SavedModelLoader loader = new SavedModelLoader(version, SessionOptions.SERVE);
    loader.load(new ServableId("boston_model", 1));
    try {
      Model model = (Model) loader.servable();
      Signature signature = model.signatures().get(Signature.DEFAULT_NAME);
      assertThat(signature.methodName()).isEqualTo("tensorflow/serving/predict");
      assertThat(signature.inputs().getFirst().name()).isEqualTo("dense_input");
      assertThat(signature.outputs().getFirst().name()).isEqualTo("dense_4");
      try (Tensor input = model.tensors().allocate(DataType.FLOAT, Shape.of(1, 13))) {
        for (int i = 0; i < Housing.FEATURES; i++) {
          input.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, Housing.SAMPLE.get(i));
        }
        try (Tensor answer =
            model.run(signature, List.of(input), RunOptions.UNLIMITED).getFirst()) {
          assertThat(answer.shape()).isEqualTo(Shape.of(1, 1));
          return answer.data().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
        }
      }
    } finally {
      loader.unload();
    }
  }
}
