package dev.sluice.server.rest;

import dev.sluice.status.StatusException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A request body of one gzip member. Its trailer says how long it will be, which makes limits
 * cheap: a body that claims too much is refused without being inflated, one that claims more than
 * the format can hold is a lie, and one that inflates to anything but its claim is broken. So the
 * memory that a body takes is known, and allowed, before it is taken.
 */
final class GzipBody {

  private static final int HEADER = 10;
  private static final int TRAILER = 8;
  private static final int FLAG_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;

  /** No deflate stream is denser; it comes to a bit less. */
  private static final int DENSEST = 1032;

  private final byte[] packed;
  private final int start;
  private final long length;

  /**
   * @throws StatusException INVALID_ARGUMENT if this is no gzip member, or claims what it can't
   *     hold
   */
  GzipBody(byte[] packed) {
    this.packed = packed;
    this.start = afterHeader();
    this.length = uint32(packed.length - 4);
    if (length / DENSEST > packed.length) {
      throw broken("it is not complete, or claims a length that it can't have");
    }
  }

  /** How many bytes it claims to inflate to. */
  long length() {
    return length;
  }

  /** How many times its own size that is. */
  long ratio() {
    return length / packed.length;
  }

  /**
   * The body, inflated; takes {@link #length()} bytes.
   *
   * @throws StatusException INVALID_ARGUMENT if it is damaged or something follows it
   */
  byte[] inflated() {
    byte[] plain = new byte[Math.toIntExact(length)];
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(packed, start, packed.length - TRAILER - start);
      int written = inflate(inflater, plain);
      if (written < plain.length || !inflater.finished() || inflater.getRemaining() > 0) {
        throw broken("its length is not the one it claims, or something follows it");
      }
    } catch (DataFormatException damaged) {
      throw broken(String.valueOf(damaged.getMessage()));
    } finally {
      inflater.end();
    }
    CRC32 checksum = new CRC32();
    checksum.update(plain);
    if (checksum.getValue() != uint32(packed.length - TRAILER)) {
      throw broken("its checksum is wrong");
    }
    return plain;
  }

  private static int inflate(Inflater inflater, byte[] plain) throws DataFormatException {
    int written = 0;
    byte[] oneMore = new byte[1]; // the end of the stream may come after its last byte
    while (!inflater.finished()) {
      int count =
          written < plain.length
              ? inflater.inflate(plain, written, plain.length - written)
              : inflater.inflate(oneMore);
      if (count == 0 || written == plain.length) {
        return written;
      }
      written += count;
    }
    return written;
  }

  private int afterHeader() {
    boolean gzip =
        packed.length >= HEADER + TRAILER
            && (packed[0] & 0xff) == 0x1f
            && (packed[1] & 0xff) == 0x8b
            && packed[2] == 8;
    if (!gzip) {
      throw broken("it does not begin as gzip does");
    }
    int flags = packed[3];
    int at = HEADER;
    if ((flags & FLAG_EXTRA) != 0) {
      at += 2 + (byteAt(at) | byteAt(at + 1) << 8);
    }
    if ((flags & FLAG_NAME) != 0) {
      at = afterZero(at);
    }
    if ((flags & FLAG_COMMENT) != 0) {
      at = afterZero(at);
    }
    at += (flags & FLAG_CRC) != 0 ? 2 : 0;
    if (at > packed.length - TRAILER) {
      throw broken("it ends within its header");
    }
    return at;
  }

  private int afterZero(int from) {
    int at = from;
    while (byteAt(at) != 0) {
      at++;
    }
    return at + 1;
  }

  private int byteAt(int at) {
    if (at >= packed.length) {
      throw broken("it ends within its header");
    }
    return packed[at] & 0xff;
  }

  private long uint32(int at) {
    return byteAt(at) | byteAt(at + 1) << 8 | byteAt(at + 2) << 16 | (long) byteAt(at + 3) << 24;
  }

  private static StatusException broken(String why) {
    return StatusException.invalidArgument("Failed to decompress gzip request body: %s", why);
  }
}
