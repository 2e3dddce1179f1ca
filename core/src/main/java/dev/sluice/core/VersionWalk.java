package dev.sluice.core;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One walk through a version's directory that notes the size and times of everything in it and
 * opens no file. Links are followed.
 */
final class VersionWalk {

  /** Enough for any model; whoever links to the root of a disk gets an end too. */
  private static final int MOST_ENTRIES = 10_000;

  private static final int MOST_LEVELS = 16;

  private static final VersionTree.Entry GONE = new VersionTree.Entry(-1, Instant.MIN);

  private final Path top;
  private final Map<String, VersionTree.Entry> entries = new HashMap<>();
  private Instant newest = Instant.MIN;
  private @Nullable String unreadable;

  private VersionWalk(Path top) {
    this.top = top;
  }

  /** What is there under this name; empty if there is nothing of the name. */
  static Optional<VersionTree> read(Path top) {
    Times own;
    try {
      own = Times.of(top, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException failure) {
      return Optional.of(new VersionTree(Map.of(), Instant.MIN, Instant.MIN, reason(top, failure)));
    }
    VersionWalk walk = new VersionWalk(top);
    walk.walk(own);
    return Optional.of(new VersionTree(walk.entries, own.changed(), walk.newest, walk.unreadable));
  }

  private void walk(Times own) {
    try {
      Times followed = Times.of(top);
      note(followed.modified());
      if (followed.isDirectory()) {
        children(top, 1);
      } else {
        note(followed.changed());
        entries.put("", new VersionTree.Entry(followed.size(), followed.changed()));
      }
    } catch (IOException failure) {
      note(own.changed());
      unreadable = reason(top, failure);
    }
  }

  private void children(Path directory, int level) {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        if (entries.size() == MOST_ENTRIES) {
          return;
        }
        child(child, level);
      }
    } catch (NoSuchFileException | NotDirectoryException gone) {
      entries.put(top.relativize(directory).toString(), GONE);
    } catch (IOException failure) {
      unreadable = reason(directory, failure);
    } catch (DirectoryIteratorException failure) {
      unreadable = reason(directory, Objects.requireNonNull(failure.getCause(), "cause"));
    }
  }

  private void child(Path child, int level) {
    try {
      Times times = Times.of(child);
      note(times.changed());
      entries.put(
          top.relativize(child).toString(), new VersionTree.Entry(times.size(), times.changed()));
      if (times.isDirectory() && level < MOST_LEVELS) {
        children(child, level + 1);
      }
    } catch (NoSuchFileException gone) {
      entries.put(top.relativize(child).toString(), GONE); // or a link to nowhere
    } catch (IOException failure) {
      unreadable = reason(child, failure);
    }
  }

  private void note(Instant change) {
    if (change.isAfter(newest)) {
      newest = change;
    }
  }

  private static String reason(Path path, IOException failure) {
    StorageFailure why = StorageFailure.of(path.toString(), failure);
    return "%s. %s".formatted(why.status().message(), why.advice());
  }

  /** Size and times of one file, by one call where the system has change times. */
  private record Times(boolean isDirectory, long size, Instant modified, Instant changed) {

    static Times of(Path path, LinkOption... links) throws IOException {
      Map<String, Object> read;
      try {
        read = Files.readAttributes(path, "unix:isDirectory,size,lastModifiedTime,ctime", links);
      } catch (UnsupportedOperationException | IllegalArgumentException notUnix) {
        read = Files.readAttributes(path, "isDirectory,size,lastModifiedTime", links);
      }
      Instant modified = instant(read.get("lastModifiedTime"));
      Object changed = read.get("ctime");
      return new Times(
          Boolean.TRUE.equals(read.get("isDirectory")),
          (Long) Objects.requireNonNull(read.get("size"), "size"),
          modified,
          changed == null ? modified : instant(changed));
    }

    private static Instant instant(@Nullable Object time) {
      return ((FileTime) Objects.requireNonNull(time, "time")).toInstant();
    }
  }
}
