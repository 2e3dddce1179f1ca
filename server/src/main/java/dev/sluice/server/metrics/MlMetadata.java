package dev.sluice.server.metrics;

import dev.sluice.core.ServableId;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/**
 * By which UUIDs a store of ML Metadata knows the versions that were loaded: what they have in
 * their file {@code assets.extra/mlmd_uuid}. Thread-safe.
 */
public final class MlMetadata {

  private static final System.Logger LOG = System.getLogger(MlMetadata.class.getName());
  private static final Path FILE = Path.of("assets.extra", "mlmd_uuid");

  /** A UUID has 36; what is longer than this is something else. */
  private static final int MOST_BYTES = 256;

  private final SortedMap<ServableId, String> uuids = new ConcurrentSkipListMap<>();

  /**
   * Notes what a version says of itself. Without the file there is nothing to note; one that can't
   * be read is warned of, and nothing else depends on it.
   */
  public void read(ServableId version, Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    try {
      uuids.put(version, uuid(file));
    } catch (IOException unreadable) {
      LOG.log(
          Level.WARNING, "ML Metadata Key Found But couldn't be read. " + file + ": " + unreadable);
    }
  }

  private static String uuid(Path file) throws IOException {
    long bytes = Files.size(file);
    if (bytes > MOST_BYTES) {
      throw new IOException("expected at most " + MOST_BYTES + " bytes, came " + bytes);
    }
    return Files.readString(file).strip();
  }

  /** A zero for each: numbers are all that TensorFlow Serving's page can show. */
  List<Sample> zeros() {
    return uuids.keySet().stream()
        .<Sample>map(id -> new Value(List.of(id.name(), Long.toString(id.version())), 0))
        .toList();
  }

  /** 1 with the UUID, for the versions that are still of interest. */
  List<Sample> identities(Predicate<ServableId> isOfInterest) {
    return uuids.entrySet().stream()
        .filter(entry -> isOfInterest.test(entry.getKey()))
        .<Sample>map(entry -> {
          ServableId id = entry.getKey();
          return new Value(List.of(id.name(), Long.toString(id.version()), entry.getValue()), 1);
        })
        .toList();
  }
}
