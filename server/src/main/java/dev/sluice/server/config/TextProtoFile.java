package dev.sluice.server.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TextFormat.ParseException;
import com.google.protobuf.TextFormat.Parser.SingularOverwritePolicy;
import com.google.protobuf.TextFormatParseInfoTree;
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
import java.util.List;

/**
 * A file with one message in protobuf's text format, read as strictly as TensorFlow Serving does:
 * no unknown field, no singular field twice, one member of a oneof.
 *
 * @param path an absolute or relative path, or a {@code file://} URI
 * @param log gets the place and the reason of a syntax error, which the exception does not tell
 * @param types the messages that {@code Any} fields may hold, beside those of the message itself
 */
record TextProtoFile(String path, Logger log, List<Descriptor> types) {

  TextProtoFile(String path, Logger log) {
    this(path, log, List.of());
  }

  /**
   * Reads the file into a message.
   *
   * @param into an empty message, whose type is also where {@code Any} fields look for theirs
   * @return where its fields stand
   * @throws StatusException as {@link #bytes}; INVALID_ARGUMENT where it is not such a message
   */
  TextFormatParseInfoTree read(Message.Builder into) {
    try {
      return parse(bytes(), into);
    } catch (ParseException malformed) {
      log.log(Level.ERROR, errorLine(into, malformed));
      throw refusal(malformed);
    }
  }

  /** What the log says of a syntax error, as the protobuf library of C++ does. */
  static String errorLine(Message.Builder into, ParseException malformed) {
    String type = into.getDescriptorForType().getFullName();
    return "Error parsing text-format " + type + ": " + reason(malformed);
  }

  /** Line, column and reason in one line; the parser tells of unknown fields in several. */
  static String reason(ParseException malformed) {
    return String.valueOf(malformed.getMessage()).replaceAll("\\s+", " ");
  }

  /** What a client is told of a syntax error. */
  StatusException refusal(ParseException malformed) {
    return new StatusException(
        StatusCode.INVALID_ARGUMENT, "Invalid protobuf file: '" + path + "'", malformed);
  }

  /**
   * What is in the file.
   *
   * @throws StatusException NOT_FOUND without the file, PERMISSION_DENIED where it can't be read,
   *     INVALID_ARGUMENT where it is empty
   */
  byte[] bytes() {
    try {
      byte[] bytes = Files.readAllBytes(Location.of(path).local());
      if (bytes.length == 0) {
        throw StatusException.invalidArgument("%s; Invalid argument", path);
      }
      return bytes;
    } catch (NoSuchFileException missing) {
      throw new StatusException(
          StatusCode.NOT_FOUND, path + "; No such file or directory", missing);
    } catch (AccessDeniedException denied) {
      throw new StatusException(StatusCode.PERMISSION_DENIED, path + "; Permission denied", denied);
    } catch (IOException failure) {
      throw new StatusException(StatusCode.UNKNOWN, path + "; " + failure.getMessage(), failure);
    }
  }

  /**
   * Parses what was in the file.
   *
   * @param into an empty message
   * @return where its fields stand
   */
  TextFormatParseInfoTree parse(byte[] bytes, Message.Builder into) throws ParseException {
    TextFormatParseInfoTree.Builder places = TextFormatParseInfoTree.builder();
    TextFormat.Parser.newBuilder()
        .setSingularOverwritePolicy(SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
        .setTypeRegistry(
            TypeRegistry.newBuilder().add(into.getDescriptorForType()).add(types).build())
        .setParseInfoTreeBuilder(places)
        .build()
        .merge(decode(bytes), into);
    return places.build();
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
