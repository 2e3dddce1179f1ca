package dev.sluice.protocol;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a TFRecord file that is not compressed, one after the other. Takes no more
 * memory than the file has bytes, whatever lengths it claims. Not thread-safe.
 */
public final class TfRecordReader {

  private static final int LONGEST = Integer.MAX_VALUE - 64;

  private final InputStream in;
  private long offset;

  /**
   * @param in from the beginning of the file; had better be buffered. It stays the caller's
   */
  public TfRecordReader(InputStream in) {
    this.in = in;
  }

  /**
   * The next record; null at the end of the file.
   *
   * @throws StatusException DATA_LOSS if the file ends within a record, or a checksum is wrong
   */
  public byte @Nullable [] next() throws IOException {
    byte[] header = in.readNBytes(TfRecord.HEADER);
    if (header.length == 0) {
      return null;
    }
    if (header.length < TfRecord.HEADER) {
      throw loss("truncated");
    }
    check(header, Long.BYTES);
    long length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > LONGEST) {
      throw loss("truncated"); // no file is so large that it could hold this
    }
    byte[] record = in.readNBytes((int) length + TfRecord.FOOTER);
    if (record.length < length + TfRecord.FOOTER) {
      throw loss("truncated");
    }
    check(record, (int) length);
    offset += header.length + (long) record.length;
    return Arrays.copyOf(record, (int) length);
  }

  /** The checksum of the first bytes is the number that follows them. */
  private void check(byte[] bytes, int count) {
    int written = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(count);
    if (written != TfRecord.checksum(bytes, 0, count)) {
      throw loss("corrupted");
    }
  }

  private StatusException loss(String how) {
    return StatusException.of(
        StatusCode.DATA_LOSS,
        "%s record at %d%s",
        how,
        offset,
        offset == 0 ? " (Is this even a TFRecord file?)" : "");
  }
}
