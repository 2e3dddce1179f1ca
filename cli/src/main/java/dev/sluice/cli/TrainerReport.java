package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the trainer says of the version that it wrote.
 *
 * @param version its number
 * @param sample one row of features
 * @param prediction what the network in the trainer's memory made of the sample
 */
record TrainerReport(long version, List<Double> sample, double prediction) {

  TrainerReport {
    sample = List.copyOf(sample);
  }

  /**
   * Reads the trainer's JSON.
   *
   * @throws StatusException INTERNAL if something is missing in it
   */
  static TrainerReport parse(String json) {
    Struct.Builder object = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(json, object);
      return of(object.build());
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw StatusException.internal(
          "the trainer's report is not as expected (%s): %s",
          malformed.getMessage(), json.substring(0, Math.min(json.length(), 200)));
    }
  }

  private static TrainerReport of(Struct object) {
    return new TrainerReport(
        (long) number(object, "version"),
        object.getFieldsOrThrow("sample").getListValue().getValuesList().stream()
            .map(Value::getNumberValue)
            .toList(),
        number(object, "prediction"));
  }

  private static double number(Struct object, String name) {
    return object.getFieldsOrThrow(name).getNumberValue();
  }

  /** The sample as the body of a predict request. */
  String request() {
    return sample.stream()
        .map(String::valueOf)
        .collect(Collectors.joining(", ", "{\"instances\": [[", "]]}"));
  }
}
