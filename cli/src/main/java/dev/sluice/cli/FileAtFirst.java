package dev.sluice.cli;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The bytes that a file has when it is opened, though it may grow: a log grows by what is sent out
 * of it, where the server that is asked writes it. Of a pipe, all that comes. For one thread.
 */
final class FileAtFirst extends FilterInputStream {

  private long left;

  private FileAtFirst(InputStream file, long size) {
    super(file);
    this.left = size;
  }

  static InputStream open(Path path) throws IOException {
    long size = Files.isRegularFile(path) ? Files.size(path) : Long.MAX_VALUE;
    return new BufferedInputStream(new FileAtFirst(Files.newInputStream(path), size));
  }

  @Override
  public int read() throws IOException {
    int read = left > 0 ? in.read() : -1;
    if (read >= 0) {
      left--;
    }
    return read;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(into, offset, (int) Math.min(length, left));
    left -= Math.max(0, read);
    return read;
  }
}
