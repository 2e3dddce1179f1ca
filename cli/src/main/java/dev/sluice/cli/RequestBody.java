package dev.sluice.cli;

import dev.sluice.model.Signature;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes a body of the predict API from what a user typed: an object of that API as it is, anything
 * else as the instances, or as the only one. Whether it is JSON at all is not asked here.
 */
final class RequestBody {

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private RequestBody() {}

  /**
   * The body to send.
   *
   * @param typed what the user typed
   * @param signatureName the signature to ask for, before any that the body names; empty for that
   * @param signature the signature itself, asked for only where the number of dimensions decides
   */
  static byte[] of(byte[] typed, String signatureName, Supplier<Signature> signature) {
    int start = start(typed);
    if (start == typed.length) {
      return typed; // nothing: the refusal is the server's
    }
    String name =
        signatureName.isEmpty() ? "" : "\"signature_name\": " + JsonText.quoted(signatureName);
    if (typed[start] == '{') {
      return name.isEmpty() ? typed : named(typed, start, name);
    }
    boolean single = depth(typed, start) < rankOfARow(signature.get()) + 1;
    String before = "{" + (name.isEmpty() ? "" : name + ", ") + "\"instances\": ";
    return joined(before + (single ? "[" : ""), typed, start, single ? "]}" : "}");
  }

  /** The first of two members of one name counts, so the one that was asked for stands first. */
  private static byte[] named(byte[] typed, int brace, String name) {
    boolean empty = next(typed, brace + 1) == '}';
    return joined("{" + name + (empty ? "" : ", "), typed, brace + 1, "");
  }

  private static byte[] joined(String before, byte[] typed, int from, String after) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(typed.length + 64);
    body.writeBytes(before.getBytes(StandardCharsets.UTF_8));
    body.write(typed, from, typed.length - from);
    body.writeBytes(after.getBytes(StandardCharsets.UTF_8));
    return body.toByteArray();
  }

  /** Where the first byte of the value lies. */
  private static int start(byte[] typed) {
    boolean marked =
        typed.length >= MARK.length
            && typed[0] == MARK[0]
            && typed[1] == MARK[1]
            && typed[2] == MARK[2];
    return skipSpace(typed, marked ? MARK.length : 0);
  }

  private static int skipSpace(byte[] typed, int from) {
    int at = from;
    while (at < typed.length && (typed[at] == ' ' || (typed[at] >= '\t' && typed[at] <= '\r'))) {
      at++;
    }
    return at;
  }

  private static int next(byte[] typed, int from) {
    int at = skipSpace(typed, from);
    return at == typed.length ? -1 : typed[at];
  }

  /** How many lists lie in each other at the beginning. */
  private static int depth(byte[] typed, int start) {
    int depth = 0;
    for (int at = start; next(typed, at) == '['; at = skipSpace(typed, at) + 1) {
      depth++;
    }
    return depth;
  }

  /** How many lists lie in each other in one row; 0 where nothing is known. */
  private static int rankOfARow(Signature signature) {
    if (signature.inputs().size() != 1) {
      return 0; // rows are objects then
    }
    List<Long> dimensions = signature.inputs().getFirst().dimensions();
    return dimensions == null ? 0 : Math.max(0, dimensions.size() - 1);
  }
}
