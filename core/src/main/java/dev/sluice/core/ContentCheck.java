package dev.sluice.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Says whether all of a version has arrived, judged by what is in its files. Supplied by whoever
 * knows their format; called on the source's thread, so it must be quick and read little.
 */
@FunctionalInterface
public interface ContentCheck {

  /** No format is known: whether a version is complete shows only in that it no longer changes. */
  ContentCheck UNKNOWN = _ -> Optional.empty();

  /**
   * What is still missing.
   *
   * @param directory the version's, or whatever bears its name
   * @return the first thing that is missing, as a clause such as {@code "weights has 3 bytes, 7
   *     needed"}; empty if nothing is, or if that can't be told
   * @throws IOException if something can't be read, which counts as missing
   */
  Optional<String> missing(Path directory) throws IOException;
}
