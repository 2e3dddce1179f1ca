package dev.sluice.tensorflow;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Loads the SavedModel of one version directory. Its servable is a {@link dev.sluice.model.Model}.
 *
 * <p>One thread at a time, as the lifecycle uses it. It may load again after an unload.
 */
public final class SavedModelLoader implements Loader {

  /** TensorFlow Serving's rule of thumb: what lies on disk, and a fifth more. */
  private static final double MEMORY_PER_BYTE_ON_DISK = 1.2;

  private final Path directory;
  private final SessionOptions options;
  private volatile @Nullable TensorFlowModel model;
  private long estimate = -1;

  /**
   * @param directory the version's own directory, which holds {@code saved_model.pb}
   */
  public SavedModelLoader(Path directory, SessionOptions options) {
    this.directory = directory;
    this.options = options;
  }

  /**
   * Read from the disk once: what changes there later changes nothing in memory.
   *
   * @throws StatusException NOT_FOUND if the directory is not there
   */
  @Override
  public long estimateBytes() {
    if (estimate < 0) {
      estimate = (long) (MEMORY_PER_BYTE_ON_DISK * bytesOnDisk());
    }
    return estimate;
  }

  private long bytesOnDisk() {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(SavedModelLoader::size).sum();
    } catch (IOException | UncheckedIOException failure) {
      throw new StatusException(
          StatusCode.NOT_FOUND, "cannot read " + directory + ": " + failure.getMessage(), failure);
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * @throws StatusException as {@link SavedModelSession#load}
   */
  @Override
  public void load(ServableId id) {
    model = TensorFlowModel.load(directory, SavedModelConfig.apply(directory, options));
  }

  @Override
  public void unload() {
    TensorFlowModel loaded = model;
    model = null;
    if (loaded != null) {
      loaded.close();
      TensorFlow.trimMemory();
    }
  }

  @Override
  public Object servable() {
    TensorFlowModel loaded = model;
    if (loaded == null) {
      throw new IllegalStateException(directory + " is not loaded");
    }
    return loaded;
  }
}
