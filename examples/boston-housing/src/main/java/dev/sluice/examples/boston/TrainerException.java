package dev.sluice.examples.boston;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Something that the user can understand and mend; the message is all they need. */
final class TrainerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  TrainerException(String message) {
    super(message);
  }

  /**
   * For what went wrong with a file.
   *
   * @param action what was tried, such as {@code cannot read data.csv}
   */
  static TrainerException of(String action, IOException failure) {
    return new TrainerException(action + ": " + reason(failure));
  }

  /** The JDK's messages are often no more than the path. */
  private static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "there is no " + missing.getFile();
      case AccessDeniedException denied -> "no permission for " + denied.getFile();
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      case CharacterCodingException _ -> "it is not text in UTF-8";
      default -> String.valueOf(failure.getMessage());
    };
  }
}
