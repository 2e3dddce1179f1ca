package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;

/** The body of an answer that tells of a failure. */
public final class JsonError {

  private static final byte[] KEY = "error".getBytes(StandardCharsets.US_ASCII);

  private JsonError() {}

  /**
   * An object with the one member {@code error}.
   *
   * @param message the text without the code's name
   */
  public static byte[] body(String message) {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    JsonPrinter out = new JsonPrinter((int) Math.min(text.length + 64L, Integer.MAX_VALUE - 8));
    out.beginObject();
    out.string(KEY);
    out.string(text);
    out.endObject();
    return out.toBytes();
  }
}
