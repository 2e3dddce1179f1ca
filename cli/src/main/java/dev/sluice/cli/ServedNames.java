package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The models that a server is configured with, as its list of models tells them.
 *
 * @param names sorted
 */
record ServedNames(SortedSet<String> names) {

  /**
   * Asks a server.
   *
   * @throws StatusException as {@link RestClient#get}; UNKNOWN if the answer is something else
   */
  static ServedNames of(RestClient server) {
    String answer = new String(server.get("/v1/models"), StandardCharsets.UTF_8);
    Struct.Builder object = Struct.newBuilder();
    SortedSet<String> names = new TreeSet<>();
    try {
      JsonFormat.parser().merge(answer, object);
      for (Value model : object.getFieldsOrThrow("models").getListValue().getValuesList()) {
        Struct one = model.getStructValue();
        if (isConfigured(
            one.getFieldsOrThrow("model_version_status").getListValue().getValuesList())) {
          names.add(one.getFieldsOrThrow("name").getStringValue());
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      throw new StatusException(
          StatusCode.UNKNOWN,
          "expected a list of models, got something else: " + malformed.getMessage(),
          malformed);
    }
    return new ServedNames(names);
  }

  /** A model of which all versions have ended, and ended well, was removed. */
  private static boolean isConfigured(List<Value> versions) {
    return versions.isEmpty()
        || versions.stream()
            .map(Value::getStructValue)
            .anyMatch(version ->
                !text(version, "state").equals("END")
                    || !text(
                            version
                                .getFieldsOrDefault("status", Value.getDefaultInstance())
                                .getStructValue(),
                            "error_code")
                        .equals("OK"));
  }

  private static String text(Struct object, String field) {
    return object.getFieldsOrDefault(field, Value.getDefaultInstance()).getStringValue();
  }
}
