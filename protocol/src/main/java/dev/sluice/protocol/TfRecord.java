package dev.sluice.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * How a record lies in a TFRecord file: its length (8 bytes, little-endian), a checksum of these 8
 * bytes, its bytes, a checksum of those. A checksum is CRC-32C, turned and moved so that one of
 * data which has checksums in it is no common value.
 */
final class TfRecord {

  /** Bytes before those of the record: the length and its checksum. */
  static final int HEADER = Long.BYTES + Integer.BYTES;

  /** Bytes after those of the record. */
  static final int FOOTER = Integer.BYTES;

  private static final int MASK_ROTATION = 15;
  private static final int MASK_DELTA = 0xa282ead8;

  private TfRecord() {}

  /** The checksum of some bytes, as it is written. */
  static int checksum(byte[] bytes, int from, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, count);
    return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
  }

  /** The bytes before those of a record of this length. */
  static byte[] header(long length) {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(length);
    header.putInt(checksum(header.array(), 0, Long.BYTES));
    return header.array();
  }

  /** The bytes after those of a record. */
  static byte[] footer(byte[] record) {
    ByteBuffer footer = ByteBuffer.allocate(FOOTER).order(ByteOrder.LITTLE_ENDIAN);
    footer.putInt(checksum(record, 0, record.length));
    return footer.array();
  }
}
