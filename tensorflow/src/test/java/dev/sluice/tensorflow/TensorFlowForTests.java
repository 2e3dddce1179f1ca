package dev.sluice.tensorflow;

import dev.sluice.testkit.Models;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** TensorFlow loaded, and models of ours opened. */
final class TensorFlowForTests {

  static final String VERSION =
      TensorFlow.load(
          new TensorFlowLibraries(
                  TensorFlowLibraries.cacheDirectory(System.getenv()), System.out::println)
              .directory());

  private TensorFlowForTests() {}

  static TensorFlowModel open(Path directory) {
    if (VERSION.isEmpty()) {
      throw new AssertionError("TensorFlow has no version");
    }
    return TensorFlowModel.load(directory, SessionOptions.SERVE);
  }

  /** Unpacks all versions of a model and opens one of them. */
  static TensorFlowModel open(Path temporary, String name, long version) {
    return open(Models.copyTo(temporary, name).resolve(String.valueOf(version)));
  }

  /** Anonymous memory of this process, in kilobytes. */
  static long rssAnonKilobytes() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
