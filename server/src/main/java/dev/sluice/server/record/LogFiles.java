package dev.sluice.server.record;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The files of one log: a record goes to the newest, which is followed by another when it has
 * enough of them or is large enough; then the oldest is deleted if there are too many. Files of
 * earlier processes are left alone. For one thread.
 */
final class LogFiles {

  /** Opens a file that is not there yet. */
  interface Opener {

    /** That of the file system; folders on the way there are made. */
    Opener FILES =
        path -> {
          Path folder = path.toAbsolutePath().getParent();
          if (folder != null) {
            make(folder);
          }
          return Files.newOutputStream(
              path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        };

    private static void make(Path folder) throws IOException {
      try {
        var _ = Files.createDirectories(folder);
      } catch (FileAlreadyExistsException inTheWay) {
        throw new NotDirectoryException(inTheWay.getFile());
      }
    }

    /**
     * Opens it, without a buffer.
     *
     * @throws FileAlreadyExistsException if it is there
     */
    OutputStream open(Path path) throws IOException;

    /** Leaves so many bytes at the beginning of a file that was closed. */
    default void cut(Path path, long bytes) throws IOException {
      try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
        var _ = file.truncate(bytes);
      }
    }
  }

  /**
   * How much is kept.
   *
   * @param records in a file, at least 1
   * @param files at least 1, the one that is written to among them
   */
  record Limits(int records, int files) {}

  private static final System.Logger LOG = System.getLogger(LogFiles.class.getName());

  /** A file is followed by another when it has so many bytes. */
  private static final long MOST_BYTES = 64L << 20;

  private static final int MOST_NAMES = 1000;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final String prefix;
  private final LogFormat format;
  private final Limits limits;
  private final Opener opener;
  private final InstantSource clock;
  private final Deque<Path> written = new ArrayDeque<>();
  private @Nullable OutputStream out;
  private @Nullable Path current;
  private int records;
  private long bytes;

  LogFiles(String prefix, LogFormat format, Limits limits, Opener opener, InstantSource clock) {
    this.prefix = prefix;
    this.format = format;
    this.limits = limits;
    this.opener = opener;
    this.clock = clock;
  }

  /**
   * Writes what {@link LogFormat#framed} made; the operating system has it when this returns. The
   * next one may go to another file. After a failure {@link #giveUp} is due.
   */
  void write(byte[] framed) throws IOException {
    OutputStream file = out;
    if (file == null) {
      file = open();
      out = file;
    }
    file.write(framed); // at once, so that a process that is killed leaves whole records
    records++;
    bytes += framed.length;
    if (records >= limits.records() || bytes >= MOST_BYTES) {
      close();
    }
  }

  private OutputStream open() throws IOException {
    records = 0;
    bytes = 0;
    String start = prefix + "-" + ProcessHandle.current().pid() + "-" + time(clock.instant());
    for (int i = 0; i < MOST_NAMES; i++) {
      Path path = Path.of(start + (i == 0 ? "" : "." + i) + format.ending());
      try {
        OutputStream opened = opener.open(path);
        current = path;
        written.addLast(path);
        deleteOldest();
        return opened;
      } catch (FileAlreadyExistsException taken) {
        LOG.log(Level.DEBUG, "{0} is there already", path);
      }
    }
    throw new FileAlreadyExistsException(start);
  }

  private static String time(Instant now) {
    return TIME.format(now);
  }

  private void deleteOldest() {
    while (written.size() > limits.files()) {
      delete(written.removeFirst());
    }
  }

  private static void delete(Path file) {
    try {
      var _ = Files.deleteIfExists(file);
    } catch (IOException stays) {
      LOG.log(Level.WARNING, "A request log can't be deleted: " + stays);
    }
  }

  /**
   * Leaves a file that can't be written, with the records that it has whole; without any, it is
   * deleted.
   */
  void giveUp() {
    Path path = current;
    try {
      close();
    } catch (IOException alreadyKnown) {
      LOG.log(Level.DEBUG, "a file of a request log can't be closed", alreadyKnown);
    }
    if (path == null) {
      return;
    }
    if (records == 0) {
      var _ = written.remove(path);
      delete(path);
    } else {
      cut(path);
    }
  }

  private void cut(Path path) {
    try {
      opener.cut(path, bytes);
    } catch (IOException stays) {
      LOG.log(
          Level.WARNING,
          "The request log " + path + " may end within a record, and can't be cut: " + stays);
    }
  }

  /** Ends the file; what comes next goes to another. */
  void close() throws IOException {
    OutputStream file = out;
    out = null;
    current = null;
    if (file != null) {
      file.close();
    }
  }
}
