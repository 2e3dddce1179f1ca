package dev.sluice.protocol;

/**
 * Bytes that are not the protobuf message they should be. Stays inside this package: every public
 * reader turns it into a {@link dev.sluice.status.StatusException}.
 */
final class MalformedWireException extends RuntimeException {

  private static final long serialVersionUID = 1;

  MalformedWireException(String reason, int position) {
    this(reason + " at byte " + position);
  }

  MalformedWireException(String reason) {
    super(reason, null, false, false);
  }
}
