package dev.sluice.examples.boston;

/** Something that the user can understand and mend; the message is all they need. */
final class TrainerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  TrainerException(String message) {
    super(message);
  }
}
