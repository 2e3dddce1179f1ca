package dev.sluice.tensorflow;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Makes image files for probes: PNGs of one pixel, whose colour is random. */
final class SampleImage {

  private static final byte[] START = HexFormat.of().parseHex("89504e470d0a1a0a");

  /** One by one pixels, each of three bytes: red, green and blue. */
  private static final byte[] SIZE = HexFormat.of().parseHex("00000001000000010802000000");

  private static final int MOST_BYTES = 256;

  private SampleImage() {}

  static byte[] make(Random random) {
    byte[] line = new byte[4]; // the first one says that the others are as they are
    byte[] colour = new byte[3];
    random.nextBytes(colour);
    System.arraycopy(colour, 0, line, 1, colour.length);
    ByteBuffer file = ByteBuffer.allocate(MOST_BYTES).put(START);
    chunk(file, "IHDR", SIZE);
    chunk(file, "IDAT", deflated(line));
    chunk(file, "IEND", new byte[0]);
    byte[] made = new byte[file.position()];
    file.flip().get(made);
    return made;
  }

  private static void chunk(ByteBuffer file, String type, byte[] content) {
    file.putInt(content.length);
    int start = file.position();
    file.put(type.getBytes(US_ASCII)).put(content);
    CRC32 sum = new CRC32();
    sum.update(file.duplicate().flip().position(start));
    file.putInt((int) sum.getValue());
  }

  private static byte[] deflated(byte[] content) {
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(content);
      deflater.finish();
      byte[] deflated = new byte[MOST_BYTES];
      return Arrays.copyOf(deflated, deflater.deflate(deflated));
    } finally {
      deflater.end();
    }
  }
}
