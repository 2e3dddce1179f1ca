package dev.sluice.protocol;

import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;

/**
 * A classify or regress request in JSON, read as a whole: here clients see what is wrong with the
 * examples before they hear of the model.
 *
 * @param signatureName the signature's name as sent; empty, which means the default one, if absent
 * @param examples at least one
 */
public record JsonExampleRequest(String signatureName, ExampleBatch examples) {

  private static final byte[] CONTEXT = "context".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXAMPLES = "examples".getBytes(StandardCharsets.US_ASCII);

  /**
   * Reads a body.
   *
   * @param bytes the whole body; not kept
   * @throws StatusException INVALID_ARGUMENT if the body is not JSON of the accepted dialect or not
   *     such a request, RESOURCE_EXHAUSTED if the examples do not fit an array
   */
  public static JsonExampleRequest read(byte[] bytes) {
    JsonBody body = JsonBody.scan(bytes);
    int context = Outline.ABSENT;
    int examples = Outline.ABSENT;
    JsonCursor in = new JsonCursor(bytes, body.root() + 1);
    boolean more = in.peek() != '}';
    while (more) {
      int key = in.skipKey();
      in.peek();
      if (context == Outline.ABSENT && JsonStrings.equal(bytes, key, CONTEXT)) {
        context = in.at;
      } else if (examples == Outline.ABSENT && JsonStrings.equal(bytes, key, EXAMPLES)) {
        examples = in.at;
      }
      in.skipValue();
      more = in.take(',');
    }
    return new JsonExampleRequest(body.signatureName(), batch(body, context, examples));
  }

  private static ExampleBatch batch(JsonBody body, int context, int examples) {
    ExampleEncoder encoder = new ExampleEncoder(body.bytes());
    byte[] common = context == Outline.ABSENT ? new byte[0] : encoder.context(context);
    if (examples == Outline.ABSENT) {
      throw body.error("When method is classify, key 'examples' is expected and was not found");
    }
    JsonCursor in = new JsonCursor(body.bytes(), examples);
    if (!in.take('[')) {
      throw body.error("Expecting 'examples' value to be an list/array");
    }
    if (in.peek() == ']') {
      throw body.error("'examples' value is an empty array");
    }
    return encoder.batch(examples, common);
  }
}
