package dev.sluice.cli;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** What files take on disk. */
final class DiskSize {

  private DiskSize() {}

  /** The bytes of all files below a place, which may be a link; 0 if there is nothing. */
  static long bytes(Path place) {
    if (!Files.exists(place)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(place.toRealPath())) {
      return files.mapToLong(DiskSize::size).sum();
    } catch (IOException | UncheckedIOException failure) {
      throw new StatusException(
          StatusCode.PERMISSION_DENIED, "cannot list " + place + ": " + failure, failure);
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** In words: {@code 812 bytes}, {@code 12.3 KB}, {@code 1.2 GB}, by powers of 1000. */
  static String text(long bytes) {
    if (bytes < 1000) {
      return bytes + " bytes";
    }
    double rest = bytes;
    String unit = "";
    for (String next : new String[] {"KB", "MB", "GB", "TB"}) {
      if (rest < 999.95) {
        break;
      }
      rest /= 1000;
      unit = next;
    }
    return String.format(Locale.ROOT, "%.1f %s", rest, unit);
  }
}
