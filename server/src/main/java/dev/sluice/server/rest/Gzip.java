package dev.sluice.server.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Which requests and answers are compressed, and how answers are. */
final class Gzip {

  private Gzip() {}

  /**
   * True iff a body with this {@code Content-Encoding} is to be inflated. The lower-case word
   * anywhere will do, as in the reference; other encodings are not decoded at all.
   */
  static boolean isEncoding(String contentEncoding) {
    return contentEncoding.contains("gzip");
  }

  /** True iff an {@code Accept-Encoding} asks for gzip by name; {@code q=0} says no. */
  static boolean isAccepted(String acceptEncoding) {
    return Arrays.stream(acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1))
        .map(choice -> choice.replaceAll("\\s", "").split(";", 2))
        .anyMatch(choice ->
            (choice[0].equals("gzip") || choice[0].equals("x-gzip"))
                && (choice.length == 1 || !choice[1].matches("q=0(\\.0*)?")));
  }

  /** Compresses, for speed rather than size: the other end mostly stands close by. */
  static byte[] deflated(byte[] plain) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 3 + 64);
    try (GZIPOutputStream gzip = new FastGzip(packed)) {
      gzip.write(plain);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toByteArray();
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(ByteArrayOutputStream out) throws IOException {
      super(out, 8192);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
