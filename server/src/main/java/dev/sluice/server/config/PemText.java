package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A field of a config file that holds PEM text itself, as people paste it: several blocks, with
 * anything between them.
 *
 * @param field the field's name, for those who have to find what is wrong
 */
record PemText(String field, String text) {

  /**
   * What stands between two lines of dashes.
   *
   * @param label what the lines say that it is, such as {@code CERTIFICATE}
   * @param body the lines between, not decoded
   */
  record Block(String label, String body) {

    /** True iff a password is needed to read it: said by the label, or by a header. */
    boolean isEncrypted() {
      return label.startsWith("ENCRYPTED ") || body.contains("ENCRYPTED");
    }
  }

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  /** In the order of the text. */
  List<Block> blocks() {
    return BLOCK
        .matcher(text)
        .results()
        .map(match -> new Block(match.group(1), match.group(2)))
        .toList();
  }

  /**
   * The bytes that a block stands for.
   *
   * @throws StatusException INVALID_ARGUMENT if it is no base64
   */
  byte[] bytes(Block block) {
    try {
      return Base64.getMimeDecoder().decode(block.body());
    } catch (IllegalArgumentException malformed) {
      throw flaw("its " + block.label() + " is not base64");
    }
  }

  /**
   * Why the field can't be used because what is looked for is not in it.
   *
   * @param expected what is looked for
   */
  StatusException lacks(String expected) {
    if (text.isBlank()) {
      return flaw("it is empty, expected " + expected);
    }
    List<Block> blocks = blocks();
    if (!blocks.isEmpty()) {
      String labels = blocks.stream().map(Block::label).collect(Collectors.joining(", "));
      return flaw("it holds " + labels + ", expected " + expected);
    }
    Matcher path = Pattern.compile("[\\w./~-]+").matcher(text.strip());
    String hint = path.matches() ? "; the field takes the text of a file, not its name" : "";
    return flaw("it holds no PEM, expected " + expected + hint);
  }

  /** An error that names the field and never shows what is in it. */
  StatusException flaw(String what) {
    return StatusException.invalidArgument("%s can't be used: %s", field, what);
  }
}
