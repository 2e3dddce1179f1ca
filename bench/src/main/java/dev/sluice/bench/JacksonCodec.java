package dev.sluice.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * The rival: Jackson's streaming API with its fast number parser and printer, used as its authors
 * advise and with every advantage we could think of. It reads from the byte array, it knows how
 * many numbers will come, it checks no shape, and it does not look at keys.
 */
final class JacksonCodec {

  private final JsonFactory factory =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .build();

  /** Reads all numbers of a body into an array; how many there were. */
  int read(byte[] body, float[] out) throws IOException {
    int count = 0;
    try (JsonParser parser = factory.createParser(body)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
          out[count++] = parser.getFloatValue();
        }
      }
    }
    return count;
  }

  /** Prints rows of numbers as an answer to predict, in Jackson's own text and on one line. */
  byte[] write(float[] values, int columns) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64 + values.length * 12);
    try (JsonGenerator generator = factory.createGenerator(out)) {
      generator.writeStartObject();
      generator.writeFieldName("predictions");
      generator.writeStartArray();
      for (int row = 0; row < values.length; row += columns) {
        generator.writeStartArray();
        for (int i = row; i < row + columns; i++) {
          generator.writeNumber(values[i]);
        }
        generator.writeEndArray();
      }
      generator.writeEndArray();
      generator.writeEndObject();
    }
    return out.toByteArray();
  }
}
