package dev.sluice.client;

import dev.sluice.status.StatusCode;
import org.jspecify.annotations.Nullable;

/** A call that failed: why, for which model, and whether a server can have seen it. */
public final class SluiceException extends RuntimeException {

  private final StatusCode code;
  private final String text;
  private final String model;
  private final boolean sent;

  SluiceException(Failure failure, @Nullable Throwable cause) {
    super(failure.model() + ": " + failure.text() + " (" + failure.code() + ")", cause);
    this.code = failure.code();
    this.text = failure.text();
    this.model = failure.model();
    this.sent = failure.sent();
  }

  /**
   * What an exception says.
   *
   * @param sent false only if no server can have seen the call
   */
  record Failure(StatusCode code, String text, String model, boolean sent) {}

  /** The same for the thread that waits, with its stack trace. */
  SluiceException rethrown() {
    return new SluiceException(new Failure(code, text, model, sent), this);
  }

  /** The canonical code; never OK. */
  public StatusCode code() {
    return code;
  }

  /** The server's own text where it answered; else what happened instead. */
  public String text() {
    return text;
  }

  /** The name of the model that was asked. */
  public String model() {
    return model;
  }

  /**
   * False if the call never got a connection, so that sending it again is safe whatever it does.
   * True if a server may have begun it.
   */
  public boolean sent() {
    return sent;
  }
}
