package dev.sluice.server.rest;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.server.log.LogLevel;
import dev.sluice.server.log.ServerLog;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Says from which level on the log has lines, and changes it by PUT. A page in a browser can't be
 * made to send that to another origin without asking, as it can a POST. Thread-safe.
 */
final class LoggingPage implements AdminApi.Page {

  private static final String PATH = "/logging";

  /** The level of our own lines, and that of libraries'. */
  private static final String OWN = "level";

  private static final String LIBRARIES = "libraries";

  @Override
  public String path() {
    return PATH;
  }

  @Override
  public Optional<Response> answer(String path) {
    return path.equals(PATH) ? Optional.of(page()) : Optional.empty();
  }

  @Override
  public Optional<Response> put(String path, byte[] body) {
    if (!path.equals(PATH)) {
      return Optional.empty();
    }
    ServerLog.change(wanted(object(body).getFieldsMap()));
    return Optional.of(page());
  }

  private static Response page() {
    ServerLog.Levels levels = ServerLog.levels();
    Map<String, Object> page = new LinkedHashMap<>();
    page.put(OWN, levels.own().label());
    page.put(LIBRARIES, levels.libraries().label());
    return Response.json(PrettyJson.of(page));
  }

  private static Struct object(byte[] body) {
    Struct.Builder object = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(new String(body, StandardCharsets.UTF_8), object);
    } catch (InvalidProtocolBufferException unreadable) {
      throw StatusException.invalidArgument(
          "The body is no JSON object such as {\"%s\": \"debug\"}: %s",
          OWN, unreadable.getMessage());
    }
    if (object.getFieldsCount() == 0) {
      throw StatusException.invalidArgument(
          "The body is empty, expected {\"%s\": \"debug\"}, {\"%s\": \"info\"} or both",
          OWN, LIBRARIES);
    }
    return object.build();
  }

  private static ServerLog.Levels wanted(Map<String, Value> members) {
    ServerLog.Levels levels = ServerLog.levels();
    for (Map.Entry<String, Value> member : members.entrySet()) {
      levels =
          switch (member.getKey()) {
            case OWN -> new ServerLog.Levels(level(member), levels.libraries());
            case LIBRARIES -> new ServerLog.Levels(levels.own(), level(member));
            default ->
                throw StatusException.invalidArgument(
                    "There is no %s to set, only %s and %s", member.getKey(), OWN, LIBRARIES);
          };
    }
    return levels;
  }

  private static LogLevel level(Map.Entry<String, Value> member) {
    Value value = member.getValue();
    boolean isText = value.getKindCase() == Value.KindCase.STRING_VALUE;
    return LogLevel.named(isText ? value.getStringValue() : "no text", member.getKey());
  }
}
