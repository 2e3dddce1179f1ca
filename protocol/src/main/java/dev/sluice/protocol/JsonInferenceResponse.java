package dev.sluice.protocol;

import dev.sluice.protocol.InferenceResult.Classifications;
import dev.sluice.protocol.InferenceResult.Regressions;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;

/** Writes the JSON answer to a classify or regress request. */
public final class JsonInferenceResponse {

  private static final byte[] RESULTS = "results".getBytes(StandardCharsets.US_ASCII);
  private static final int BYTES_PER_VALUE = 16;

  private JsonInferenceResponse() {}

  /**
   * The answer's body: for each example a list of pairs of label and score, or a number. A label
   * that is not UTF-8 becomes a base64 object.
   *
   * @throws StatusException RESOURCE_EXHAUSTED if the text does not fit an array
   */
  public static byte[] write(InferenceResult result) {
    JsonPrinter out = new JsonPrinter(expectedBytes(result));
    out.beginObject();
    out.string(RESULTS);
    switch (result) {
      case Classifications classifications -> classifications(classifications, out);
      case Regressions regressions -> regressions(regressions, out);
    }
    out.endObject();
    return out.toBytes();
  }

  private static int expectedBytes(InferenceResult result) {
    long classes =
        result instanceof Classifications classifications ? classifications.classes() : 1;
    return (int) Math.min(64 + result.examples() * classes * BYTES_PER_VALUE, 1 << 26);
  }

  // As in predict answers, what belongs to an example is on one line, and the list's end is not.
  private static void classifications(Classifications result, JsonPrinter out) {
    out.beginList();
    for (long example = 0; example < result.examples(); example++) {
      out.singleLineLists(true);
      out.beginList();
      for (long index = 0; index < result.classes(); index++) {
        out.beginList();
        label(result.label(example, index), out);
        out.number(result.score(example, index));
        out.endList();
      }
      out.endList();
      out.singleLineLists(false);
    }
    out.endList();
  }

  private static void label(byte[] label, JsonPrinter out) {
    if (Utf8.isValid(label, 0, label.length)) {
      out.string(label);
    } else {
      out.base64(label);
    }
  }

  private static void regressions(Regressions result, JsonPrinter out) {
    out.singleLineLists(true);
    out.beginList();
    for (long example = 0; example < result.examples(); example++) {
      out.number(result.value(example));
    }
    out.endList();
  }
}
