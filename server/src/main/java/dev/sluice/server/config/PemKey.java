package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Reads the private key of a PEM text. The JDK reads PKCS#8 alone; the two older forms that
 * OpenSSL's tools still write, PKCS#1 for RSA and SEC 1 for elliptic curves, are the inner part of
 * that, so they are given the outer one: a version, the name of the algorithm, the key as a string
 * of bytes.
 */
final class PemKey {

  private static final String EXPECTED =
      "a private key in PEM: PRIVATE KEY (PKCS#8), RSA PRIVATE KEY (PKCS#1) or EC PRIVATE KEY";

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;
  private static final byte[] VERSION_0 = {2, 1, 0};

  /** {@code rsaEncryption} with its parameter, which is null. */
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");

  /** {@code id-ecPublicKey}; the curve follows. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private PemKey() {}

  /**
   * The first key of a text.
   *
   * @throws StatusException INVALID_ARGUMENT, naming the field, if there is none that can be read
   */
  static PrivateKey read(PemText text) {
    PemText.Block block =
        text.blocks().stream()
            .filter(found -> found.label().endsWith("PRIVATE KEY"))
            .findFirst()
            .orElseThrow(() -> text.lacks(EXPECTED));
    if (block.isEncrypted()) {
      throw text.flaw(
          "the key is encrypted, expected one without a password, as `openssl pkey -in KEY -out"
              + " PLAIN_KEY` writes it");
    }
    byte[] bytes = text.bytes(block);
    return switch (block.label()) {
      case "PRIVATE KEY" -> key(text, bytes);
      case "RSA PRIVATE KEY" -> key(text, wrapped(RSA, bytes));
      case "EC PRIVATE KEY" -> key(text, wrapped(concat(EC, curve(text, bytes)), bytes));
      default -> throw text.lacks(EXPECTED);
    };
  }

  private static PrivateKey key(PemText text, byte[] pkcs8) {
    return ALGORITHMS.stream()
        .map(algorithm -> key(algorithm, new PKCS8EncodedKeySpec(pkcs8)))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> text.flaw("the key is broken, or neither RSA nor of an elliptic curve"));
  }

  /** Empty if it is of another algorithm, or broken. */
  private static Optional<PrivateKey> key(String algorithm, PKCS8EncodedKeySpec encoded) {
    try {
      return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(encoded));
    } catch (InvalidKeySpecException | NoSuchAlgorithmException other) {
      return Optional.empty();
    }
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return element(SEQUENCE, concat(VERSION_0, element(SEQUENCE, algorithm), element(OCTETS, key)));
  }

  /** The name of the curve, which SEC 1 keeps behind version and key. */
  private static byte[] curve(PemText text, byte[] key) {
    try {
      ByteBuffer fields = content(ByteBuffer.wrap(key), SEQUENCE);
      while (fields.hasRemaining()) {
        int tag = fields.get(fields.position()) & 0xff;
        ByteBuffer field = content(fields, tag);
        if (tag == PARAMETERS) {
          byte[] name = new byte[field.remaining()];
          field.get(name);
          return name;
        }
      }
    } catch (RuntimeException malformed) { // whatever a buffer says of bytes that are no DER
      throw text.flaw("the EC PRIVATE KEY is broken");
    }
    throw text.flaw("the EC PRIVATE KEY does not name its curve; convert it to PKCS#8");
  }

  /** What an element of DER holds; the buffer goes on behind it. */
  private static ByteBuffer content(ByteBuffer from, int tag) {
    if ((from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("expected tag " + tag);
    }
    int length = from.get() & 0xff;
    if (length > 0x80) {
      int bytes = length - 0x80;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) + (from.get() & 0xff);
      }
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length < 0x80) {
      out.write(length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      out.write(0x80 + bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(length >>> (8 * i));
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
