package dev.sluice.core;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a version's directory looked like at one moment. Two that are equal mean that nothing was
 * seen to change between them.
 *
 * @param entries all files and directories below it, by their path in it
 * @param appeared when the directory came to its name: its own change time, which a rename sets
 * @param newestChange the newest time of anything below it, or of a file coming or going directly
 *     in it; not the directory's own change time, because a finished version that is renamed into
 *     its place has not changed
 * @param unreadable why not all could be read; null if it could
 */
record VersionTree(
    Map<String, Entry> entries,
    Instant appeared,
    Instant newestChange,
    @Nullable String unreadable) {

  VersionTree {
    entries = Map.copyOf(entries);
  }

  /**
   * One file or directory.
   *
   * @param size in bytes
   * @param changed when content or attributes last changed
   */
  record Entry(long size, Instant changed) {}
}
