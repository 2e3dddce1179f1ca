package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a small jar laid out like TensorFlow's native artifact. */
class TensorFlowLibrariesTest {

  private static final String PLATFORM = "linux-x86_64";
  private static final long SECOND = 1_000_000_000;
  private static final String LIBRARY = "libtensorflow_cc.so.2";

  @TempDir Path temporary;
  private Path jar;
  private Path cache;
  private final AtomicLong clock = new AtomicLong();
  private final List<String> progress = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void writeJar() throws IOException {
    jar = temporary.resolve("native.jar");
    cache = temporary.resolve("cache");
    byte[] content = new byte[3 << 20];
    new Random(7).nextBytes(content); // does not compress, so that damage stays where it is done
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      entry(
          zip,
          "META-INF/maven/org.tensorflow/tensorflow-core-native/pom.properties",
          "version=9.9".getBytes(StandardCharsets.UTF_8));
      entry(zip, "org/tensorflow/internal/c_api/" + PLATFORM + "/" + LIBRARY, content);
      entry(
          zip,
          "org/tensorflow/internal/c_api/" + PLATFORM + "/libtensorflow_framework.so.2",
          new byte[100]);
      entry(zip, "org/tensorflow/internal/c_api/" + PLATFORM + "/LICENSE", new byte[10]);
    }
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    ((OutputStream) zip).write(content);
    zip.closeEntry();
  }

  private Path directory() throws IOException {
    return directory(PLATFORM);
  }

  private Path directory(String platform) throws IOException {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      return new TensorFlowLibraries(loader, cache, progress::add, () -> clock.addAndGet(SECOND))
          .directory(platform);
    }
  }

  @Test
  void librariesAreUnpackedOnceAndThenOnlyFound() throws Exception {
    Path directory = directory();
    assertThat(directory).isEqualTo(cache.resolve("tensorflow-native-9.9-" + PLATFORM));
    assertThat(directory.resolve(LIBRARY)).hasSize(3 << 20);
    assertThat(directory.resolve("LICENSE")).doesNotExist();
    assertThat(progress).first().asString().contains("once").contains(directory.toString());
    assertThat(progress).anyMatch(line -> line.contains("33 %")).last().asString().contains("done");

    Object before = Files.readAttributes(directory.resolve(LIBRARY), "unix:ino").get("ino");
    progress.clear();
    assertThat(directory()).isEqualTo(directory);
    assertThat(progress).isEmpty();
    assertThat(Files.readAttributes(directory.resolve(LIBRARY), "unix:ino").get("ino"))
        .isEqualTo(before);
  }

  @Test
  void truncatedFileIsUnpackedAgain() throws Exception {
    Path library = directory().resolve(LIBRARY);
    Files.write(library, new byte[5]);
    assertThat(directory().resolve(LIBRARY)).hasSize(3 << 20);
  }

  @Test
  void manyAtOnceUnpackOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Path> ask = this::directory;
      List<Future<Path>> answers = threads.invokeAll(Collections.nCopies(4, ask));
      for (Future<Path> answer : answers) {
        assertThat(answer.get().resolve(LIBRARY)).hasSize(3 << 20);
      }
    }
    assertThat(progress.stream().filter(line -> line.contains("once"))).hasSize(1);
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.startsWith("unpacking"));
    }
  }

  @Test
  void damagedJarIsReportedAndLeavesNothing() throws Exception {
    byte[] bytes = Files.readAllBytes(jar);
    int at = indexOf(bytes, LIBRARY.getBytes(StandardCharsets.UTF_8));
    bytes[at + 100_000] ^= 1;
    Files.write(jar, bytes);
    assertThatThrownBy(this::directory)
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE))
        .hasMessageContaining("SLUICE_CACHE_DIR");
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left.filter(Files::isDirectory)).isEmpty();
    }
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not in the jar");
  }

  @Test
  void missingPlatformIsNamed() {
    assertThatThrownBy(() -> directory("linux-arm64"))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
        .hasMessageContaining("linux-arm64")
        .hasMessageContaining("--tensorflow_library_dir");
  }

  @Test
  void folderThatCannotBeWrittenIsNamed() throws Exception {
    Files.write(cache, new byte[0]); // a file where a folder is due, which stops root as well
    assertThatThrownBy(this::directory)
        .isInstanceOf(StatusException.class)
        .hasMessageContaining(cache.toString());
  }

  @Test
  void platformFollowsTheJvm() {
    assertThat(TensorFlowLibraries.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
    assertThat(TensorFlowLibraries.platform("Linux", "aarch64")).isEqualTo("linux-arm64");
    assertThat(TensorFlowLibraries.platform("Mac OS X", "aarch64")).isEqualTo("macosx-arm64");
  }

  @Test
  void cacheFollowsTheEnvironment() {
    assertThat(TensorFlowLibraries.cacheDirectory(Map.of("SLUICE_CACHE_DIR", "/a")))
        .isEqualTo(Path.of("/a"));
    assertThat(TensorFlowLibraries.cacheDirectory(Map.of("XDG_CACHE_HOME", "/b")))
        .isEqualTo(Path.of("/b/sluice"));
    assertThat(TensorFlowLibraries.cacheDirectory(Map.of("HOME", "/c")))
        .isEqualTo(Path.of("/c/.cache/sluice"));
    assertThat(TensorFlowLibraries.cacheDirectory(Map.of())).endsWith(Path.of(".cache/sluice"));
  }

  @Test
  void folderWithoutLibrariesIsRefusedByName() {
    assertThatThrownBy(() -> TensorFlow.load(temporary))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.NOT_FOUND))
        .hasMessageContaining("libtensorflow_framework.so.2");
  }
}
