package dev.sluice.server.log;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that lines are added to: a new one by the same name where somebody has moved it away, as
 * log rotation does. One thread.
 */
final class AccessFile implements AutoCloseable {

  private final @Nullable Path path;
  private FileChannel channel;
  private @Nullable Object key;

  /** Whether the last line in the file has its end, so that the next one begins as one. */
  private boolean ended = true;

  private AccessFile(@Nullable Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.key = path == null ? null : keyOf(path);
  }

  /**
   * Opens it, and makes it if need be.
   *
   * @param target a path, or {@code -} for standard output
   * @throws StatusException INVALID_ARGUMENT if that can't be
   */
  static AccessFile open(String target) {
    try {
      if (target.equals("-")) {
        return new AccessFile(null, new FileOutputStream(FileDescriptor.out).getChannel());
      }
      Path path = Path.of(target).toAbsolutePath();
      return new AccessFile(path, channel(path));
    } catch (InvalidPathException noPath) {
      throw StatusException.invalidArgument("--access_log=%s is no path", target);
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "--access_log=" + target + " can't be opened: " + why(failure),
          failure);
    }
  }

  /** In words, since some of the JDK's exceptions say nothing but the file's name. */
  private static String why(IOException failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "its folder is not there";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> failure.toString();
    };
  }

  private static FileChannel channel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /** What tells a file from another one by the same name; null where nothing does. */
  private static @Nullable Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Goes on in a new file where this one is not at its place any more. */
  void followRotation() throws IOException {
    if (path == null || isAtItsPlace(path)) {
      return;
    }
    FileChannel next = channel(path);
    channel.close();
    channel = next;
    key = keyOf(path);
    ended = true;
  }

  private boolean isAtItsPlace(Path there) throws IOException {
    try {
      return Objects.equals(keyOf(there), key);
    } catch (NoSuchFileException moved) {
      return false;
    }
  }

  /** Adds lines. Where it throws, some of the first may be there, and a part of the next. */
  void add(byte[] lines) throws IOException {
    ByteBuffer left = ByteBuffer.allocate(lines.length + 1);
    if (!ended) {
      left.put((byte) '\n');
    }
    left.put(lines).flip();
    try {
      while (left.hasRemaining()) {
        var _ = channel.write(left);
      }
    } finally {
      ended = left.position() == 0 ? ended : left.get(left.position() - 1) == '\n';
    }
  }

  @Override
  public void close() throws IOException {
    if (path != null) {
      channel.close();
    }
  }
}
