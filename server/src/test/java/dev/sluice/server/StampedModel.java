package dev.sluice.server;

import dev.sluice.testkit.Models;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Versions of {@link Models#HALF_PLUS_TWO} that differ in one number: y = 0.5 x + 10 v for version
 * v. The number is a variable, so only who has read the whole of its own files answers right.
 *
 * <p>The number is written into the data file, its checksum into the index, and the checksum of the
 * index's block after that: TensorFlow checks both.
 */
final class StampedModel {

  private StampedModel() {}

  /** What version v answers to x = 2. */
  static float answer(long version) {
    return 1 + 10 * version;
  }

  /** Which version gave this answer to x = 2. */
  static long version(float answer) {
    return Math.round((answer - 1) / 10.0);
  }

  /** Makes one, under the number of the version, in a folder of the caller's choice. */
  static Path make(Path folder, long version) throws IOException {
    Path directory = Models.copyVersion(Models.HALF_PLUS_TWO, 1, folder, version);
    Path data = directory.resolve("variables/variables.data-00000-of-00001");
    Path index = directory.resolve("variables/variables.index");
    ByteBuffer values = little(Files.readAllBytes(data)); // a, b and c of y = a x + b
    ByteBuffer table = little(Files.readAllBytes(index));
    int blockEnd = firstBlockEnd(table);
    int before = masked(values, Float.BYTES, Float.BYTES);
    values.putFloat(Float.BYTES, 10 * version);
    int entry = find(table, before, blockEnd);
    table.putInt(entry, masked(values, Float.BYTES, Float.BYTES));
    table.putInt(blockEnd + 1, masked(table, 0, blockEnd + 1));
    Files.write(data, values.array());
    Files.write(index, table.array());
    return directory;
  }

  /** Behind a block come a byte for its compression, which is none, and its checksum. */
  private static int firstBlockEnd(ByteBuffer table) {
    for (int end = 1; end < table.limit() - Integer.BYTES; end++) {
      if (table.get(end) == 0 && table.getInt(end + 1) == masked(table, 0, end + 1)) {
        return end;
      }
    }
    throw new AssertionError("no block in the index");
  }

  private static int find(ByteBuffer table, int value, int limit) {
    for (int at = 0; at <= limit - Integer.BYTES; at++) {
      if (table.getInt(at) == value) {
        return at;
      }
    }
    throw new AssertionError("no checksum of b in the index");
  }

  private static int masked(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), from, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
