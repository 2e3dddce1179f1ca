package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The header blocks of a call's requests in HPACK (RFC 7541). As other clients' do, the first one
 * on a connection puts the fields into the server's table, and those after it are a byte a field.
 * All calls of a load have the same headers, so both can be written beforehand.
 *
 * @param first of the first request on a connection
 * @param later of all others
 */
record RequestHeaders(byte[] first, byte[] later) {

  /** The size of a table that nobody has said anything about. */
  static final int TABLE_SIZE = 4096;

  private static final int POST = 0x83;
  private static final int SCHEME_HTTP = 0x86;
  private static final int STATIC_FIELDS = 61;
  private static final int FIELD_OVERHEAD = 32;

  /** A field, with its name's place in the static table, or 0. */
  private record Field(int nameIndex, String name, String value) {
    int tableBytes() {
      return name.length() + value.length() + FIELD_OVERHEAD;
    }
  }

  /**
   * @param tableSize how large a table the server offers
   */
  static RequestHeaders of(LoadTarget.Grpc target, int tableSize) {
    List<Field> fields = fields(target);
    int size = Math.min(tableSize, TABLE_SIZE);
    ByteBuf first = Unpooled.buffer();
    if (size < TABLE_SIZE) {
      integer(first, 0x20, 5, size);
    }
    ByteBuf later = Unpooled.buffer();
    boolean fits = fields.stream().mapToInt(Field::tableBytes).sum() <= size;
    first.writeByte(POST).writeByte(SCHEME_HTTP);
    later.writeByte(POST).writeByte(SCHEME_HTTP);
    for (int i = 0; i < fields.size(); i++) {
      if (fits) {
        literal(first, 0x40, 6, fields.get(i));
        integer(later, 0x80, 7, STATIC_FIELDS + fields.size() - i);
      } else {
        literal(first, 0, 4, fields.get(i));
        literal(later, 0, 4, fields.get(i));
      }
    }
    return new RequestHeaders(bytes(first), bytes(later));
  }

  private static List<Field> fields(LoadTarget.Grpc target) {
    String authority = target.address().getHostString() + ":" + target.address().getPort();
    List<Field> fields = new ArrayList<>();
    fields.add(new Field(4, ":path", "/" + target.method()));
    fields.add(new Field(1, ":authority", authority));
    fields.add(new Field(0, "te", "trailers"));
    fields.add(new Field(31, "content-type", "application/grpc"));
    fields.add(new Field(58, "user-agent", "sluice-load"));
    for (Map.Entry<String, String> header : target.headers().entrySet()) {
      fields.add(new Field(0, header.getKey(), header.getValue()));
    }
    return fields;
  }

  private static void literal(ByteBuf out, int kind, int prefixBits, Field field) {
    integer(out, kind, prefixBits, field.nameIndex());
    if (field.nameIndex() == 0) {
      string(out, field.name());
    }
    string(out, field.value());
  }

  private static void string(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    integer(out, 0, 7, bytes.length);
    out.writeBytes(bytes);
  }

  /** A number in what a byte has left of bits, and in further bytes of seven bits if need be. */
  private static void integer(ByteBuf out, int kind, int prefixBits, int value) {
    int most = (1 << prefixBits) - 1;
    if (value < most) {
      out.writeByte(kind | value);
      return;
    }
    out.writeByte(kind | most);
    int rest = value - most;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }
}
