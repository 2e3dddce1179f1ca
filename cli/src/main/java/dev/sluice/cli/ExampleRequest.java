package dev.sluice.cli;

import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.tensorflow.SavedModelDescription.MetaGraph;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request that a signature takes, made from what it declares: one row, and 1 for every size that
 * is open. A pure function of the signature.
 *
 * @param body the JSON for the predict API; empty if there is none
 * @param elements how many values it has
 * @param problem why there is none; empty if there is
 */
record ExampleRequest(String body, long elements, String problem) {

  /** A picture of one pixel, for inputs that want the bytes of one. */
  private static final String PIXEL =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

  /** More values than a body can have. */
  private static final long MOST_ELEMENTS = 10_000_000;

  /**
   * The request for one of a graph's signatures.
   *
   * @param graph may contradict its signature
   */
  static ExampleRequest of(Signature signature, MetaGraph graph) {
    String problem = problem(signature, graph);
    if (!problem.isEmpty()) {
      return new ExampleRequest("", 0, problem);
    }
    long elements = 0;
    for (TensorSpec input : signature.inputs()) {
      elements += elements(sizes(input));
    }
    if (elements > MOST_ELEMENTS) {
      return new ExampleRequest("", 0, "the inputs have " + elements + " values");
    }
    return new ExampleRequest(body(signature), elements, "");
  }

  private static String body(Signature signature) {
    String name =
        signature.name().equals(Signature.DEFAULT_NAME)
            ? ""
            : "\"signature_name\": " + JsonText.quoted(signature.name()) + ", ";
    long rows = rows(signature);
    String values =
        rows > 0
            ? "\"instances\": " + instances(signature.inputs(), rows)
            : "\"inputs\": " + columns(signature.inputs());
    return "{" + name + values + "}";
  }

  private static String problem(Signature signature, MetaGraph graph) {
    for (TensorSpec input : signature.inputs()) {
      if (!isWritable(input.dataType())) {
        return noForm(input, DeclaredType.ofInput(signature, input.name()));
      }
      if (takesExamples(signature, input, graph)) {
        return "takes tf.Examples, and only the model knows their features";
      }
      Integer taken = graph.placeholders().get(input.engineName().replaceFirst(":0$", ""));
      if (taken != null && DataType.ofNumber(taken) != input.dataType()) {
        return "the graph takes another type for " + input.name() + " than the signature says";
      }
    }
    for (TensorSpec output : signature.outputs()) {
      DeclaredType type = DeclaredType.ofOutput(signature, output.name());
      if (!isWritable(type.value())) {
        return noForm(output, type);
      }
    }
    return signature.outputs().isEmpty() ? "it has no outputs" : "";
  }

  private static String noForm(TensorSpec spec, DeclaredType type) {
    return "JSON has no form for " + spec.name() + " (" + type.label() + ")";
  }

  private static boolean isWritable(@Nullable DataType type) {
    return switch (type) {
      case FLOAT,
          DOUBLE,
          HALF,
          BFLOAT16,
          INT8,
          INT16,
          INT32,
          INT64,
          UINT8,
          UINT16,
          UINT32,
          UINT64,
          BOOL,
          STRING ->
          true;
      case COMPLEX64, COMPLEX128, QINT8, QUINT8, QINT16, QUINT16, QINT32 -> false;
      case FLOAT8_E5M2, FLOAT8_E4M3FN, INT4, UINT4, RESOURCE, VARIANT -> false;
      case null -> false;
    };
  }

  /**
   * By the method where it says so. Else what is a list of strings to a graph that parses examples
   * is taken for examples: none is better than one that fails.
   */
  private static boolean takesExamples(Signature signature, TensorSpec input, MetaGraph graph) {
    String method = signature.methodName();
    List<Long> dimensions = input.dimensions();
    return input.dataType() == DataType.STRING
        && (method.endsWith("/classify")
            || method.endsWith("/regress")
            || (graph.parsesExamples() && (dimensions == null || dimensions.size() == 1)));
  }

  /**
   * How many rows there are in row format; 0 where inputs or outputs are not all known to have a
   * first dimension of one size, so that only columns are sure to be taken.
   */
  private static long rows(Signature signature) {
    long known = -1;
    for (List<TensorSpec> specs : List.of(signature.inputs(), signature.outputs())) {
      for (TensorSpec spec : specs) {
        List<Long> dimensions = spec.dimensions();
        if (dimensions == null || dimensions.isEmpty()) {
          return 0;
        }
        long first = dimensions.getFirst();
        if (first >= 0 && known >= 0 && first != known) {
          return 0;
        }
        known = Math.max(known, first);
      }
    }
    return signature.inputs().isEmpty() ? 0 : known < 0 ? 1 : known;
  }

  private static String instances(List<TensorSpec> inputs, long rows) {
    StringBuilder json = new StringBuilder("[");
    for (long row = 0; row < rows; row++) {
      json.append(row == 0 ? "" : ", ");
      if (inputs.size() == 1) {
        value(json, inputs.getFirst(), 1);
      } else {
        members(json, inputs, 1);
      }
    }
    return json.append(']').toString();
  }

  private static String columns(List<TensorSpec> inputs) {
    StringBuilder json = new StringBuilder();
    if (inputs.size() == 1) {
      value(json, inputs.getFirst(), 0);
    } else {
      members(json, inputs, 0);
    }
    return json.toString();
  }

  private static void members(StringBuilder json, List<TensorSpec> inputs, int level) {
    json.append('{');
    for (int i = 0; i < inputs.size(); i++) {
      json.append(i == 0 ? "" : ", ").append(JsonText.quoted(inputs.get(i).name())).append(": ");
      value(json, inputs.get(i), level);
    }
    json.append('}');
  }

  private static void value(StringBuilder json, TensorSpec spec, int level) {
    List<Long> sizes = sizes(spec);
    if (level == sizes.size()) {
      json.append(element(spec));
      return;
    }
    json.append('[');
    for (long i = 0; i < sizes.get(level); i++) {
      json.append(i == 0 ? "" : ", ");
      value(json, spec, level + 1);
    }
    json.append(']');
  }

  /** An open size becomes 1, and an open shape a scalar. */
  private static List<Long> sizes(TensorSpec spec) {
    List<Long> dimensions = spec.dimensions();
    return dimensions == null
        ? List.of()
        : dimensions.stream().map(size -> size < 0 ? 1 : size).toList();
  }

  private static long elements(List<Long> sizes) {
    long elements = 1;
    for (long size : sizes) {
      elements = size > MOST_ELEMENTS ? size : Math.min(elements * size, MOST_ELEMENTS + 1);
    }
    return elements;
  }

  private static String element(TensorSpec spec) {
    return switch (spec.dataType()) {
      case BOOL -> "true";
      case STRING -> isPicture(spec) ? "{\"b64\": \"" + PIXEL + "\"}" : "\"text\"";
      case FLOAT, DOUBLE, HALF, BFLOAT16 -> "1.0";
      case null, default -> "1";
    };
  }

  private static boolean isPicture(TensorSpec spec) {
    String name = spec.name().toLowerCase(Locale.ROOT);
    return name.contains("image") || name.endsWith("_bytes");
  }
}
