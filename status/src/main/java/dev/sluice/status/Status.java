package dev.sluice.status;

import java.util.Objects;

/**
 * A canonical code with its message: how an outcome travels as data (in events, in the state of a
 * harness) rather than as a {@link StatusException}.
 *
 * @param code the canonical code
 * @param message what happened; empty for {@link #OK}
 */
public record Status(StatusCode code, String message) {

  /** Success. */
  public static final Status OK = new Status(StatusCode.OK, "");

  public Status {
    Objects.requireNonNull(code, "code");
    Objects.requireNonNull(message, "message");
  }

  /** True iff the code is {@link StatusCode#OK}. */
  public boolean isOk() {
    return code == StatusCode.OK;
  }

  /**
   * The status a failure stands for: that of a {@link StatusException}, {@link StatusCode#INTERNAL}
   * with the failure's own text for anything else.
   */
  public static Status of(Throwable failure) {
    return switch (failure) {
      case StatusException known -> known.status();
      default -> new Status(StatusCode.INTERNAL, failure.toString());
    };
  }

  /** This status as something to throw. */
  public StatusException toException() {
    return new StatusException(code, message);
  }

  /** {@code OK}, or {@code CODE: message} as TensorFlow Serving prints it. */
  @Override
  public String toString() {
    return isOk() ? "OK" : code + ": " + message;
  }
}
