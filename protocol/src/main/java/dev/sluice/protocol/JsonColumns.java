package dev.sluice.protocol;

import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the columnar format: each input's whole tensor under its name, or the only one bare. */
final class JsonColumns {

  private final JsonInputs inputs;
  private final int start;

  JsonColumns(JsonInputs inputs) {
    this.inputs = inputs;
    this.start = inputs.outline().inputs();
  }

  List<Tensor> read() {
    if (new JsonCursor(inputs.body(), start).isPlainObject()) {
      return named();
    }
    if (inputs.specs().size() > 1) {
      throw StatusException.invalidArgument(
          "inputs is a plain value/list, but expecting an object as multiple input tensors required"
              + " as per tensorinfo_map");
    }
    return List.of(column(inputs.only(), start, inputs.outline().sizes()));
  }

  private List<Tensor> named() {
    List<TensorSpec> specs = inputs.specs();
    int[] starts = new int[specs.size()];
    int[][] sizes = new int[specs.size()][];
    Outline.Members members = inputs.outline().members();
    while (members.next()) {
      int index = inputs.signature().inputIndex(JsonCursor.keyAt(inputs.body(), members.key()));
      if (index >= 0 && starts[index] == 0) {
        starts[index] = members.value();
        sizes[index] = members.sizes();
      }
    }
    SignatureDefaults defaults = defaults(starts);
    try (TensorList tensors = new TensorList(starts.length)) {
      for (int i = 0; i < starts.length; i++) {
        tensors.add(
            starts[i] == 0
                ? inputs.defaultOf(specs.get(i), Objects.requireNonNull(defaults))
                : column(specs.get(i), starts[i], sizes[i]));
      }
      return tensors.release();
    }
  }

  /** The defaults, if there is an input that was not sent; null if there is none. */
  private @Nullable SignatureDefaults defaults(int[] starts) {
    SignatureDefaults defaults = null;
    for (int i = 0; i < starts.length; i++) {
      if (starts[i] == 0) {
        defaults = defaults == null ? SignatureDefaults.of(inputs.signature()) : defaults;
        String name = inputs.specs().get(i).name();
        if (!defaults.has(name)) {
          throw StatusException.invalidArgument(
              "Missing named input: %s in 'inputs' object.", name);
        }
      }
    }
    return defaults;
  }

  private Tensor column(TensorSpec spec, int value, int[] sizes) {
    String suffix = " (input: " + spec.name() + ")";
    return inputs.read(
        spec,
        value,
        sizes,
        () -> new ValueCheck(inputs.body(), value, spec.dataType(), suffix).run());
  }
}
