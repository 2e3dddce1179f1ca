package dev.sluice.protocol;

import dev.sluice.status.StatusException;
import java.util.Arrays;

/**
 * A request's body after the first pass: it is JSON, its root is an object, and what that object
 * calls {@code signature_name} is a string. Immutable as long as the bytes are not changed.
 *
 * @param root where the root object begins
 */
record JsonBody(byte[] bytes, int root, Outline outline, String signatureName) {

  /**
   * The first pass.
   *
   * @param bytes the whole body; kept, so it must not change any more
   * @throws StatusException INVALID_ARGUMENT if the body is not JSON of the accepted dialect, its
   *     root is no object, or its {@code signature_name} no string
   */
  static JsonBody scan(byte[] bytes) {
    Outline outline = new Outline(bytes);
    JsonScanner scanner = new JsonScanner(bytes, bytes.length, outline);
    int root = scanner.scan();
    if (bytes[root] != '{') {
      // A number has no end of its own: without what follows it, as in "06".
      throw error(Arrays.copyOf(bytes, scanner.behind()), root, "Is not object");
    }
    int name = outline.signatureName();
    if (name == Outline.ABSENT) {
      return new JsonBody(bytes, root, outline, "");
    }
    if (bytes[name] != '"') {
      throw error(
          bytes, root, "not formatted correctly. 'signature_name' key must be a string value.");
    }
    return new JsonBody(bytes, root, outline, JsonCursor.keyAt(bytes, name));
  }

  /** A complaint about the whole of the body. */
  StatusException error(String complaint) {
    return error(bytes, root, complaint);
  }

  private static StatusException error(byte[] bytes, int root, String complaint) {
    return StatusException.invalidArgument(
        "JSON Value: %s %s", JsonEcho.of(bytes, root), complaint);
  }
}
