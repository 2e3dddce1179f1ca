package dev.sluice.tensorflow;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file's bytes, read from any place through one small buffer: steps over gigabytes without
 * reading them. The file is not mapped, since it may be cut short while it is read.
 *
 * <p>Not thread-safe.
 */
final class FileFields implements AutoCloseable {

  private static final int BUFFER = 4096;

  private final FileChannel channel;
  private final long size;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

  /** Where in the file the buffer begins. */
  private long bufferStart;

  private FileFields(FileChannel channel) throws IOException {
    this.channel = channel;
    this.size = channel.size();
  }

  static FileFields open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new FileFields(channel);
    } catch (Throwable failure) {
      channel.close();
      throw failure;
    }
  }

  /** How long the file was when it was opened. */
  long size() {
    return size;
  }

  /** Where the next byte is read. */
  long position() {
    return bufferStart + buffer.position();
  }

  /** Goes on elsewhere, which may be behind the end. */
  void position(long next) {
    long inBuffer = next - bufferStart;
    if (inBuffer >= 0 && inBuffer <= buffer.limit()) {
      buffer.position((int) inBuffer);
    } else {
      bufferStart = next;
      buffer.limit(0);
    }
  }

  /**
   * @throws EOFException at the end
   */
  int next() throws IOException {
    if (!buffer.hasRemaining()) {
      bufferStart += buffer.limit();
      buffer.clear();
      int read = channel.read(buffer, bufferStart);
      buffer.flip();
      if (read <= 0) {
        throw new EOFException("end of file at byte " + bufferStart);
      }
    }
    return buffer.get() & 0xff;
  }

  /** A varint; malformed if it has more than ten bytes. */
  long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = next();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new MalformedException("a number of more than 10 bytes at byte " + position());
  }

  /** Some bytes; the caller has made sure that their number is sensible. */
  byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) next();
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** What is there is not what the format says. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedException(String message) {
      super(message);
    }
  }
}
