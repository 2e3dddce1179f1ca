package dev.sluice.server.config;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import com.google.protobuf.TextFormat.Parser.SingularOverwritePolicy;
import com.google.protobuf.TypeRegistry;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/**
 * A file with one message in protobuf's text format, read as strictly as TensorFlow Serving does:
 * no unknown field, no singular field twice, one member of a oneof.
 *
 * @param path an absolute or relative path, or a {@code file://} URI
 * @param log gets the place and the reason of a syntax error, which the exception does not tell
 */
record TextProtoFile(String path, Logger log) {

  /**
   * Reads the file into a message.
   *
   * @param into an empty message, whose type is also where {@code Any} fields look for theirs
   * @throws StatusException NOT_FOUND without the file, PERMISSION_DENIED where it can't be read,
   *     INVALID_ARGUMENT where it is empty or not such a message
   */
  void read(Message.Builder into) {
    byte[] bytes = bytes();
    if (bytes.length == 0) {
      throw StatusException.invalidArgument("%s; Invalid argument", path);
    }
    try {
      parser(into).merge(decode(bytes), into);
    } catch (ParseException malformed) {
      String type = into.getDescriptorForType().getFullName();
      // The parser tells of unknown fields in several lines.
      String reason = String.valueOf(malformed.getMessage()).replaceAll("\\s+", " ");
      log.log(Level.ERROR, "Error parsing text-format " + type + ": " + reason);
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT, "Invalid protobuf file: '" + path + "'", malformed);
    }
  }

  private byte[] bytes() {
    try {
      return Files.readAllBytes(Location.of(path).local());
    } catch (NoSuchFileException missing) {
      throw new StatusException(
          StatusCode.NOT_FOUND, path + "; No such file or directory", missing);
    } catch (AccessDeniedException denied) {
      throw new StatusException(StatusCode.PERMISSION_DENIED, path + "; Permission denied", denied);
    } catch (IOException failure) {
      throw new StatusException(StatusCode.UNKNOWN, path + "; " + failure.getMessage(), failure);
    }
  }

  private static TextFormat.Parser parser(Message.Builder into) {
    return TextFormat.Parser.newBuilder()
        .setSingularOverwritePolicy(SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
        .setTypeRegistry(TypeRegistry.newBuilder().add(into.getDescriptorForType()).build())
        .build();
  }

  private static CharSequence decode(byte[] bytes) throws ParseException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, true);
    text.flip();
    if (result.isError()) {
      String good = text.toString();
      int line = 1 + Math.toIntExact(good.chars().filter(c -> c == '\n').count());
      int column = good.length() - good.lastIndexOf('\n');
      throw new ParseException(line, column, "Expected UTF-8.");
    }
    return text;
  }
}
