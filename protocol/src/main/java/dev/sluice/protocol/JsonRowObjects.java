package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.JsonRows.ElementShape;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows that are objects: one value per input in each. Inputs with defaults may be missing
 * from all rows; the default is then fed as it is, without a row each.
 */
final class JsonRowObjects {

  private final JsonInputs inputs;
  private final byte[] body;
  private final int rows;
  private final Outline.Members firstMembers;
  private final List<Column> columns = new ArrayList<>();

  /** How many inputs a row has: those that the first row leaves out are left out by all. */
  private int expected;

  JsonRowObjects(JsonInputs inputs, int rows) {
    this.inputs = inputs;
    this.body = inputs.body();
    this.rows = rows;
    this.firstMembers = inputs.outline().members();
    for (TensorSpec spec : inputs.specs()) {
      columns.add(new Column(spec));
    }
    this.expected = columns.size();
  }

  /** Reads all rows from a cursor that stands before the first. */
  List<Tensor> read(JsonCursor in) {
    boolean complete = false;
    try {
      for (int row = 0; row < rows; row++) {
        in.take(',');
        object(in, row);
      }
      List<Tensor> tensors = columns.stream().map(Column::tensor).toList();
      complete = true;
      return tensors;
    } finally {
      if (!complete) {
        columns.forEach(Column::discard);
      }
    }
  }

  private void object(JsonCursor in, int row) {
    if (!in.isPlainObject()) {
      throw StatusException.invalidArgument(
          "Expecting object but got list at item %d of input list", row);
    }
    int start = in.at;
    int given = 0;
    in.take('{');
    if (in.peek() != '}') {
      do {
        member(in, row);
        given++;
      } while (in.take(','));
    }
    in.take('}');
    if (row == 0 && given < expected) {
      leaveOut();
    }
    if (given != expected) {
      throw StatusException.invalidArgument(
          "Failed to process element: %d of 'instances' list. JSON object: %s keys must be equal"
              + " to: %s",
          row, JsonEcho.of(body, start), inputs.names());
    }
  }

  /** Takes the defaults of the inputs that the first row does not have, if all of them have one. */
  private void leaveOut() {
    SignatureDefaults defaults = SignatureDefaults.of(inputs.signature());
    List<Column> absent = columns.stream().filter(column -> column.row < 0).toList();
    if (absent.stream().allMatch(column -> defaults.has(column.spec.name()))) {
      absent.forEach(column -> column.value = inputs.defaultOf(column.spec, defaults));
      expected -= absent.size();
    }
  }

  private void member(JsonCursor in, int row) {
    int quote = in.skipKey();
    Column column = column(quote);
    if (column == null) {
      String key = JsonCursor.keyAt(body, quote);
      throw failed(
          row,
          key,
          StatusException.invalidArgument("JSON object: does not have named input: %s", key));
    }
    if (column.row == row) {
      throw failed(row, column.spec.name(), StatusException.invalidArgument("duplicate key"));
    }
    column.row = row;
    in.peek();
    if (row == 0) {
      firstMembers.next();
      column.open(firstMembers.sizes(), in.at);
    }
    column.read(in);
  }

  private @Nullable Column column(int quote) {
    for (Column column : columns) {
      if (column.value == null && JsonStrings.equal(body, quote, column.name)) {
        return column;
      }
    }
    return null;
  }

  private static StatusException failed(int row, String key, StatusException inner) {
    return JsonRows.failed(row, " key: " + key, inner);
  }

  /** One input across the rows. */
  private final class Column {

    private final TensorSpec spec;
    private final byte[] name;
    private int row = -1;
    private int firstValue;
    private int[] sizes = {};
    private @Nullable ElementBuffer buffer;
    private @Nullable ElementShape first;

    /** The default, where the rows have no value. */
    private @Nullable Tensor value;

    Column(TensorSpec spec) {
      this.spec = spec;
      this.name = spec.name().getBytes(StandardCharsets.UTF_8);
    }

    void open(int[] elementSizes, int at) {
      firstValue = at;
      sizes = elementSizes;
      buffer = inputs.buffer(spec, at, withRows());
    }

    private int[] withRows() {
      int[] all = new int[sizes.length + 1];
      all[0] = rows;
      System.arraycopy(sizes, 0, all, 1, sizes.length);
      return all;
    }

    void read(JsonCursor in) {
      int start = in.at;
      if (buffer != null && (isCopied(in) || NestedLists.read(in, sizes, buffer))) {
        return;
      }
      ValueCheck check = new ValueCheck(body, start, spec.dataType(), "");
      try {
        check.run();
        ElementShape own = new ElementShape(check.shape(), check.elements());
        if (row == 0) {
          first = own;
        } else {
          firstShape().require(own);
        }
      } catch (StatusException inner) {
        throw failed(row, spec.name(), inner);
      }
      if (buffer != null) {
        throw JsonInputs.contradiction(spec);
      }
      in.at = check.end();
    }

    /** Of the first row the scan may have read the value already. */
    private boolean isCopied(JsonCursor in) {
      FloatLists floats = row == 0 ? inputs.outline().floats(in.at) : null;
      if (floats == null || buffer == null || !buffer.copy(floats)) {
        return false;
      }
      in.at = floats.behind();
      return true;
    }

    private ElementShape firstShape() {
      if (first != null) {
        return first;
      }
      long elements = 1;
      for (int size : sizes) {
        elements *= size;
      }
      return new ElementShape(sizes, elements);
    }

    Tensor tensor() {
      if (value != null) {
        return value;
      }
      if (buffer == null) {
        throw inputs.unreadable(spec, firstValue, withRows());
      }
      return buffer.tensor();
    }

    void discard() {
      if (value != null) {
        value.close();
      }
      if (buffer != null) {
        buffer.discard();
      }
    }
  }
}
