package dev.sluice.server.config;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a file system as TensorFlow writes it: a path, or {@code scheme://host/path}.
 *
 * @param text as it was given
 * @param scheme without {@code ://}; empty for a plain path
 * @param path what follows scheme and host
 */
record Location(String text, String scheme, String path) {

  private static final Pattern URI =
      Pattern.compile("(?<scheme>[a-zA-Z][0-9a-zA-Z.]*)://[^/]*(?<path>.*)", Pattern.DOTALL);

  static Location of(String text) {
    Matcher uri = URI.matcher(text);
    return uri.matches()
        ? new Location(text, uri.group("scheme"), uri.group("path"))
        : new Location(text, "", text);
  }

  /** True iff the place does not depend on a working directory. */
  boolean isAbsolute() {
    return !scheme.isEmpty() || path.startsWith("/");
  }

  /** True iff the place is on a local disk. */
  boolean isLocal() {
    return scheme.isEmpty() || scheme.equals("file");
  }

  /**
   * The place on a local disk.
   *
   * @throws StatusException UNIMPLEMENTED for any scheme but {@code file}, INVALID_ARGUMENT for
   *     what can't be a path here
   */
  Path local() {
    if (!isLocal()) {
      throw StatusException.of(
          StatusCode.UNIMPLEMENTED,
          "File system scheme '%s' not implemented (file: '%s'); expected a path, or file:// and a path",
          scheme,
          text);
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException impossible) {
      throw StatusException.invalidArgument("'%s' is no path: %s", text, impossible.getReason());
    }
  }
}
