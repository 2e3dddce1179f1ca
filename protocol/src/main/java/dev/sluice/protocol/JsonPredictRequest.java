package dev.sluice.protocol;

import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.util.Arrays;
import java.util.List;

/**
 * A predict request in JSON, read in two passes over its bytes: {@link #scan} checks the syntax of
 * all of it and learns where things lie, {@link #tensors} writes the values into tensors of known
 * size. Between the two the caller looks the model up, for that is the order in which clients see
 * errors. There is no tree in between, and the heap needed is bounded by the body's size.
 *
 * <p>Immutable as long as the body is not changed.
 */
public final class JsonPredictRequest {

  private final byte[] body;
  private final int root;
  private final Outline outline;
  private final String signatureName;

  private JsonPredictRequest(byte[] body, int root, Outline outline, String signatureName) {
    this.body = body;
    this.root = root;
    this.outline = outline;
    this.signatureName = signatureName;
  }

  /**
   * The first pass.
   *
   * @param body the whole body; kept, so it must not change any more
   * @throws StatusException INVALID_ARGUMENT if the body is not JSON of the accepted dialect, its
   *     root is no object, or its {@code signature_name} no string
   */
  public static JsonPredictRequest scan(byte[] body) {
    Outline outline = new Outline(body);
    JsonScanner scanner = new JsonScanner(body, body.length, outline);
    int root = scanner.scan();
    if (body[root] != '{') {
      // A number has no end of its own: without what follows it, as in "06".
      throw valueError(Arrays.copyOf(body, scanner.behind()), root, "Is not object");
    }
    int name = outline.signatureName();
    if (name != Outline.ABSENT && body[name] != '"') {
      throw valueError(
          body, root, "not formatted correctly. 'signature_name' key must be a string value.");
    }
    String signatureName = name == Outline.ABSENT ? "" : JsonCursor.keyAt(body, name);
    return new JsonPredictRequest(body, root, outline, signatureName);
  }

  private static StatusException valueError(byte[] body, int at, String complaint) {
    return StatusException.invalidArgument("JSON Value: %s %s", JsonEcho.of(body, at), complaint);
  }

  /** The signature's name as sent; empty, which means the default one, if absent. */
  public String signatureName() {
    return signatureName;
  }

  /** True iff the request has {@code instances}, so that the answer has {@code predictions}. */
  public boolean rowFormat() {
    return outline.instances() != Outline.ABSENT;
  }

  /**
   * The second pass.
   *
   * @return one tensor per input of the signature, in its order; the caller closes each. Nothing
   *     stays allocated on failure
   * @throws StatusException INVALID_ARGUMENT if the values are not what the signature's inputs
   *     take, UNIMPLEMENTED if an input has a type that JSON values do not convert to,
   *     RESOURCE_EXHAUSTED beyond the budget
   */
  public List<Tensor> tensors(Signature signature, TensorAllocator allocator, TensorBudget budget) {
    if (signature.inputs().isEmpty()) {
      return noTensors();
    }
    JsonInputs inputs = new JsonInputs(body, outline, signature, allocator, budget);
    if (rowFormat()) {
      requireRows();
      return new JsonRows(inputs).read();
    }
    if (outline.inputs() == Outline.ABSENT) {
      throw StatusException.invalidArgument("Missing 'inputs' or 'instances' key");
    }
    return new JsonColumns(inputs).read();
  }

  // The reference can't call a signature without inputs over REST; an empty object says it well.
  private List<Tensor> noTensors() {
    int inputs = outline.inputs();
    if (rowFormat() || inputs == Outline.ABSENT || !new JsonCursor(body, inputs).isPlainObject()) {
      throw StatusException.invalidArgument(
          "Failed to get input map for signature: %s",
          signatureName.isEmpty() ? "DEFAULT" : signatureName);
    }
    return List.of();
  }

  private void requireRows() {
    if (outline.inputs() != Outline.ABSENT) {
      throw valueError(
          body,
          root,
          "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ");
    }
    if (body[outline.instances()] != '[') {
      throw valueError(body, root, "Expecting 'instances' to be an list/array");
    }
    if (outline.sizes()[0] == 0) {
      throw valueError(body, root, "No values in 'instances' array");
    }
  }
}
