package dev.sluice.server.grpc;

import dev.sluice.status.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Canonical codes as gRPC statuses: the same numbers, and texts of at most 1024 bytes. */
final class GrpcStatuses {

  private static final int MAX_BYTES = 1024;
  private static final String TRUNCATED = "...TRUNCATED";

  private GrpcStatuses() {}

  static StatusRuntimeException exception(Status status) {
    return io.grpc.Status.fromCodeValue(status.code().number())
        .withDescription(truncated(status.message()))
        .asRuntimeException();
  }

  private static String truncated(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= MAX_BYTES
        ? message
        : new String(Arrays.copyOf(bytes, MAX_BYTES), StandardCharsets.UTF_8) + TRUNCATED;
  }
}
