package dev.sluice.protocol;

import java.io.IOException;
import java.io.OutputStream;

/** Writes records as a TFRecord file has them, not compressed. Not thread-safe. */
public final class TfRecordWriter {

  private final OutputStream out;

  /**
   * @param out had better be buffered. It stays the caller's
   */
  public TfRecordWriter(OutputStream out) {
    this.out = out;
  }

  /** Writes one record; any bytes, also none. */
  public void write(byte[] record) throws IOException {
    out.write(TfRecord.header(record.length));
    out.write(record);
    out.write(TfRecord.footer(record));
  }

  /** How many bytes a record takes. */
  public static long size(byte[] record) {
    return TfRecord.HEADER + (long) record.length + TfRecord.FOOTER;
  }
}
