package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the row format: {@code instances} is a list whose first element decides whether each is a
 * value of the only input or an object with a value for every input. The number of elements becomes
 * the leading dimension.
 */
final class JsonRows {

  private final JsonInputs inputs;
  private final byte[] body;
  private final int start;
  private final int[] sizes;

  JsonRows(JsonInputs inputs) {
    this.inputs = inputs;
    this.body = inputs.body();
    this.start = inputs.outline().instances();
    this.sizes = inputs.outline().sizes();
  }

  List<Tensor> read() {
    JsonCursor in = new JsonCursor(body, start + 1);
    if (in.isPlainObject()) {
      return new JsonRowObjects(inputs, sizes[0]).read(in);
    }
    if (inputs.specs().size() > 1) {
      // The reference feeds a base64 object to an arbitrary input instead.
      String names = in.peek() == '{' ? ": " + inputs.names() : "";
      throw StatusException.invalidArgument(
          "instances is a plain list, but expecting list of objects as multiple input tensors"
              + " required as per tensorinfo_map%s",
          names);
    }
    return List.of(inputs.read(inputs.only(), start, sizes, this::explain));
  }

  /** Checks element by element, so that the first that is wrong is named. */
  private void explain() {
    JsonCursor in = new JsonCursor(body, start + 1);
    ElementShape first = null;
    for (int i = 0; i < sizes[0]; i++) {
      in.take(',');
      if (in.isPlainObject()) {
        throw StatusException.invalidArgument(
            "Expecting value/list but got object at item %d of input list", i);
      }
      first = check(in, i, first);
    }
  }

  private ElementShape check(JsonCursor in, int element, @Nullable ElementShape first) {
    ValueCheck check = new ValueCheck(body, in.at, inputs.only().dataType(), "");
    try {
      check.run();
      ElementShape shape = new ElementShape(check.shape(), check.elements());
      if (first != null) {
        first.require(shape);
      }
      in.at = check.end();
      return shape;
    } catch (StatusException inner) {
      throw failed(element, "", inner);
    }
  }

  /**
   * An element's failure as its request's.
   *
   * @param key empty, or {@code " key: name"}
   */
  static StatusException failed(int element, String key, StatusException inner) {
    return StatusException.of(
        inner.code(),
        "Failed to process element: %d%s of 'instances' list. Error: %s: %s",
        element,
        key,
        inner.code(),
        inner.getMessage());
  }

  /** What all elements have to have in common. */
  record ElementShape(int[] sizes, long elements) {

    void require(ElementShape other) {
      if (elements != other.elements) {
        throw StatusException.invalidArgument(
            "Expecting tensor size: %d but got: %d", elements, other.elements);
      }
      if (!Arrays.equals(sizes, other.sizes)) {
        throw StatusException.invalidArgument(
            "Expecting shape %s but got: %s", text(sizes), text(other.sizes));
      }
    }

    private static String text(int[] sizes) {
      return Arrays.toString(sizes).replace(" ", "");
    }
  }
}
