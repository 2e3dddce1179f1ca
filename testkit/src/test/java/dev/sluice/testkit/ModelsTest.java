package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "half_plus_two",
        "identity",
        "strings",
        "table",
        "slow",
        "gate",
        "classifier",
        "regressor",
        "wrong_results",
        "wrong_signatures",
        "all_types",
        "shapes",
        "mixed",
        "counter",
        "ragged",
        "defaults",
        "keras"
      })
  void everyModelIsCopiedWithItsGraph(String name) {
    Path base = Models.copyTo(directory, name);

    assertThat(base).isEqualTo(directory.resolve(name));
    assertThat(base.resolve("1/saved_model.pb")).isNotEmptyFile();
  }

  @Test
  void modelsThatTellWhetherRunsMayBeSharedAreCopied() {
    List<String> names =
        Stream.of(
                Models.COUPLED,
                Models.ROW_WISE,
                List.of(Models.TANGLED, Models.TANGLED_GRAPH, Models.TANGLED_LOOPS))
            .flatMap(List::stream)
            .toList();

    assertThat(names).hasSize(31).doesNotHaveDuplicates();
    for (String name : names) {
      assertThat(Models.copyTo(directory, name).resolve("1/saved_model.pb")).isNotEmptyFile();
    }
  }

  @Test
  void copyHasAllVersionsVariablesAndAssets() throws IOException {
    Models.copyTo(directory, Models.HALF_PLUS_TWO);

    assertThat(filesBelow(directory))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of("1", "2")
                .flatMap(version ->
                    Stream.of(
                        "half_plus_two/" + version + "/saved_model.pb",
                        "half_plus_two/" + version + "/assets/foo.txt",
                        "half_plus_two/" + version + "/variables/variables.index",
                        "half_plus_two/" + version + "/variables/variables.data-00000-of-00001"))
                .toList());
  }

  @Test
  void indexNamesEveryFileOfTheResources() throws IOException {
    Path resources = Path.of(System.getProperty("sluice.root"), RESOURCES);
    Set<String> inSource = filesBelow(resources);
    inSource.remove("index.txt");

    for (String name :
        inSource.stream().map(file -> file.substring(0, file.indexOf('/'))).distinct().toList()) {
      Models.copyTo(directory, name);
    }

    assertThat(filesBelow(directory)).isEqualTo(inSource);
    for (String file : inSource) {
      assertThat(directory.resolve(file)).hasSameBinaryContentAs(resources.resolve(file));
    }
  }

  @Test
  void versionIsCopiedUnderTheNumberAskedFor() throws IOException {
    Path base = directory.resolve("some/model");

    Path copied = Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 123);

    assertThat(copied).isEqualTo(base.resolve("123"));
    assertThat(filesBelow(copied))
        .containsExactlyInAnyOrder(
            "saved_model.pb",
            "assets/foo.txt",
            "variables/variables.index",
            "variables/variables.data-00000-of-00001");
  }

  @Test
  void nothingButTheCopyIsLeftInTheBasePath() throws IOException {
    Models.copyVersion(Models.TABLE, 1, directory, 5);

    try (Stream<Path> children = Files.list(directory)) {
      assertThat(children).containsExactly(directory.resolve("5"));
    }
  }

  @Test
  void unknownModelOrVersionIsRefused() throws IOException {
    assertThatThrownBy(() -> Models.copyTo(directory, "half_plus"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("half_plus");
    assertThatThrownBy(() -> Models.copyVersion(Models.TABLE, 2, directory, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table/2");
    assertThat(filesBelow(directory)).isEmpty();
  }

  @Test
  void existingVersionIsNotTouched() throws IOException {
    Path existing = Files.createDirectories(directory.resolve("7"));

    assertThatThrownBy(() -> Models.copyVersion(Models.STRINGS, 1, directory, 7))
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(FileAlreadyExistsException.class);
    assertThat(existing).isEmptyDirectory();
    assertThat(directory).isDirectoryNotContaining(path -> !path.equals(existing));
  }

  @Test
  void watcherNeverSeesAnIncompleteVersion() throws Exception {
    int copies = 20;
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<?> copying = executor.submit(() -> copyVersions(copies));
      boolean done;
      do {
        done = copying.isDone();
        assertVisibleVersionsAreComplete();
      } while (!done);
      copying.get();
    }
    assertThat(directory).isDirectoryContaining("glob:**/" + copies);
  }

  @Test
  void concurrentCopiesAllSucceed() throws InterruptedException, ExecutionException {
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Callable<Path>> copies =
          IntStream.rangeClosed(1, 16)
              .<Callable<Path>>mapToObj(
                  version -> () -> Models.copyVersion(Models.IDENTITY, 1, directory, version))
              .toList();

      for (Future<Path> copy : executor.invokeAll(copies)) {
        assertThat(copy.get().resolve("saved_model.pb")).isNotEmptyFile();
      }
    }
  }

  @Test
  void copiesFromAJar() throws Exception {
    Path jar = jarOfThisModule();
    URL[] classPath = {jar.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(classPath, null)) {
      Class<?> models = loader.loadClass(Models.class.getName());
      assertThat(models).isNotSameAs(Models.class);

      Path base = copyTo(models, directory.resolve("models"), "table");

      assertThat(base.resolve("1/assets/words.txt")).content().startsWith("zero\none\n");
    }
  }

  private static final String RESOURCES = "testkit/src/main/resources/dev/sluice/testkit/models";

  private static Path copyTo(Class<?> models, Path directory, String name)
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    return (Path)
        models.getMethod("copyTo", Path.class, String.class).invoke(null, directory, name);
  }

  private void copyVersions(int count) {
    for (int version = 1; version <= count; version++) {
      Models.copyVersion(Models.TABLE, 1, directory, version);
    }
  }

  private void assertVisibleVersionsAreComplete() throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      for (Path child : children.toList()) {
        if (child.getFileName().toString().matches("\\d+")) {
          assertThat(filesBelow(child)).hasSize(4);
        }
      }
    }
  }

  private Path jarOfThisModule() throws IOException {
    Path jar = directory.resolve("testkit.jar");
    List<String> entries =
        Stream.concat(
                Stream.of("Models.class", "models/index.txt"),
                filesBelow(Path.of(System.getProperty("sluice.root"), RESOURCES, "table")).stream()
                    .map(file -> "models/table/" + file))
            .map(entry -> "dev/sluice/testkit/" + entry)
            .toList();
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (String entry : entries) {
        out.putNextEntry(new JarEntry(entry));
        try (InputStream in = Models.class.getResourceAsStream("/" + entry)) {
          in.transferTo(out);
        }
      }
    }
    return jar;
  }

  private static Set<String> filesBelow(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> root.relativize(path).toString().replace('\\', '/'))
          .collect(Collectors.toSet());
    }
  }
}
