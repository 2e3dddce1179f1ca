package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes the JSON answer to a predict request. */
public final class JsonPredictResponse {

  private static final byte[] PREDICTIONS = ascii("predictions");
  private static final byte[] OUTPUTS = ascii("outputs");
  private static final int BYTES_PER_NUMBER = 14;

  private final List<String> names;
  private final List<Tensor> outputs;
  private final JsonPrinter out;
  private final List<TensorPrinter> printers = new ArrayList<>();

  private JsonPredictResponse(List<String> names, List<Tensor> outputs) {
    this.names = names;
    this.outputs = outputs;
    this.out = new JsonPrinter(expectedBytes(outputs));
    for (int i = 0; i < outputs.size(); i++) {
      printers.add(new TensorPrinter(out, names.get(i), outputs.get(i)));
    }
  }

  /**
   * The answer's body.
   *
   * @param names the outputs' aliases, in the order in which they are to appear
   * @param outputs as many as names; they stay the caller's
   * @param rowFormat whether the request had {@code instances}: then every output needs a leading
   *     dimension, the same for all
   * @throws StatusException INVALID_ARGUMENT if there is no output or, in row format, the leading
   *     dimensions do not agree; UNIMPLEMENTED for a type that has no form in JSON;
   *     RESOURCE_EXHAUSTED if the text does not fit an array
   */
  public static byte[] write(List<String> names, List<Tensor> outputs, boolean rowFormat) {
    if (names.size() != outputs.size()) {
      throw new IllegalArgumentException(
          names.size() + " names for " + outputs.size() + " outputs");
    }
    if (outputs.isEmpty()) {
      throw StatusException.invalidArgument("Cannot convert empty tensor map to JSON");
    }
    JsonPredictResponse response = new JsonPredictResponse(names, outputs);
    return rowFormat ? response.rows() : response.columns();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static int expectedBytes(List<Tensor> outputs) {
    long elements = 0;
    for (Tensor output : outputs) {
      elements += output.dataType() == DataType.STRING ? 0 : output.shape().elementCount();
    }
    return (int) Math.min(64 + elements * BYTES_PER_NUMBER, 1 << 26);
  }

  private byte[] rows() {
    long rows = requireRows();
    out.beginObject();
    out.string(PREDICTIONS);
    out.beginList();
    for (long row = 0; row < rows; row++) {
      row();
    }
    out.endList();
    out.endObject();
    return out.toBytes();
  }

  private long requireRows() {
    long rows = -1;
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).shape().rank() == 0) {
        throw StatusException.invalidArgument(
            "Tensor name: %s has no shape information ", names.get(i));
      }
      long own = outputs.get(i).shape().dimension(0);
      if (rows >= 0 && own != rows) {
        throw StatusException.invalidArgument(
            "Tensor name: %s has inconsistent batch size: %d expecting: %d",
            names.get(i), own, rows);
      }
      rows = own;
    }
    return rows;
  }

  /** One item: its lists stay on one line, the list of items does not. */
  private void row() {
    boolean named = names.size() > 1;
    if (named) {
      out.beginObject();
    }
    out.singleLineLists(true);
    values(named, 1);
    out.singleLineLists(false);
    if (named) {
      out.endObject();
    }
  }

  private byte[] columns() {
    boolean named = names.size() > 1;
    out.beginObject();
    out.string(OUTPUTS);
    if (named) {
      out.beginObject();
    }
    values(named, 0);
    if (named) {
      out.endObject();
    }
    out.endObject();
    return out.toBytes();
  }

  private void values(boolean named, int outerDimensions) {
    for (int i = 0; i < names.size(); i++) {
      if (named) {
        out.string(names.get(i).getBytes(StandardCharsets.UTF_8));
      }
      printers.get(i).print(outerDimensions);
    }
  }
}
