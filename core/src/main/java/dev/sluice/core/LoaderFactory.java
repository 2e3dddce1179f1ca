package dev.sluice.core;

import java.nio.file.Path;

/** Makes the {@link Loader} of a version that lies in a directory. */
@FunctionalInterface
public interface LoaderFactory {

  /**
   * A loader that has not loaded yet. Must be quick: it runs on the source's thread, for each
   * aspired version at each poll, and most of what it makes is thrown away unused.
   *
   * @param id the version
   * @param directory where it lies
   */
  Loader loader(ServableId id, Path directory);
}
