package dev.sluice.core;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * What is wrong with a path, and what an operator can do about it.
 *
 * @param status code and text as TensorFlow would have them
 * @param advice one sentence
 */
record StorageFailure(Status status, String advice) {

  /**
   * @param path as the operator wrote it
   */
  static StorageFailure of(String path, IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ ->
          new StorageFailure(
              new Status(StatusCode.NOT_FOUND, path + " not found"),
              "Make the directory or correct the path; it is looked for again at each poll");
      case NotDirectoryException _ ->
          new StorageFailure(
              new Status(StatusCode.FAILED_PRECONDITION, path + "; Not a directory"),
              "It has to be the directory that holds the versions' directories");
      case AccessDeniedException _ ->
          new StorageFailure(
              new Status(StatusCode.PERMISSION_DENIED, path + "; Permission denied"),
              "The server runs as %s: let that user read and enter the directory, or run the server as another"
                  .formatted(user()));
      default ->
          new StorageFailure(
              new Status(StatusCode.UNKNOWN, failure.toString()), "It is tried again at each poll");
    };
  }

  /** The effective user: {@code uid 1000} where the system says it, else a name. */
  static String user() {
    try {
      return "uid " + Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return "user " + System.getProperty("user.name");
    }
  }
}
