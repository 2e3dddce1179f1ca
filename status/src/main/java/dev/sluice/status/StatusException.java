package dev.sluice.status;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The exception of Sluice: a canonical code and a message that gives the value and the expectation.
 * Whatever a client may see travels as one of these; anything else that escapes is a bug and is
 * reported as {@link StatusCode#INTERNAL}.
 */
public final class StatusException extends RuntimeException {

  private final StatusCode code;

  /** A failure with a code other than {@link StatusCode#OK}. */
  public StatusException(StatusCode code, String message) {
    this(code, message, null);
  }

  /** A failure with its cause. */
  public StatusException(StatusCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    if (code == StatusCode.OK) {
      throw new IllegalArgumentException("OK is not a failure: " + message);
    }
    this.code = code;
  }

  /** The canonical code; never {@link StatusCode#OK}. */
  public StatusCode code() {
    return code;
  }

  /** The message; never null. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }

  /** Code and message as a value. */
  public Status status() {
    return new Status(code, getMessage());
  }

  @FormatMethod
  public static StatusException invalidArgument(
      @FormatString String format, @Nullable Object... args) {
    return of(StatusCode.INVALID_ARGUMENT, format, args);
  }

  @FormatMethod
  public static StatusException notFound(@FormatString String format, @Nullable Object... args) {
    return of(StatusCode.NOT_FOUND, format, args);
  }

  @FormatMethod
  public static StatusException failedPrecondition(
      @FormatString String format, @Nullable Object... args) {
    return of(StatusCode.FAILED_PRECONDITION, format, args);
  }

  @FormatMethod
  public static StatusException resourceExhausted(
      @FormatString String format, @Nullable Object... args) {
    return of(StatusCode.RESOURCE_EXHAUSTED, format, args);
  }

  @FormatMethod
  public static StatusException unimplemented(
      @FormatString String format, @Nullable Object... args) {
    return of(StatusCode.UNIMPLEMENTED, format, args);
  }

  @FormatMethod
  public static StatusException unavailable(@FormatString String format, @Nullable Object... args) {
    return of(StatusCode.UNAVAILABLE, format, args);
  }

  @FormatMethod
  public static StatusException internal(@FormatString String format, @Nullable Object... args) {
    return of(StatusCode.INTERNAL, format, args);
  }

  /**
   * A failure with a formatted message. Text that came from outside must be an argument, never the
   * format.
   */
  @FormatMethod
  public static StatusException of(
      StatusCode code, @FormatString String format, @Nullable Object... args) {
    return new StatusException(code, String.format(Locale.ROOT, format, args));
  }
}
