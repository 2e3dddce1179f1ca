package dev.sluice.tensorflow;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.sluice.tensorflow.FileFields.MalformedException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * What a {@code variables.index} says about the data files beside it.
 *
 * <p>The file is a sorted table in LevelDB's format: blocks of keys and values, a block that says
 * where they are, and a footer of 48 bytes that says where that is and ends with a magic number.
 * Each block carries its checksum, so a block whose space is reserved and not yet written is
 * noticed. The value of the empty key is a {@code BundleHeaderProto}, which has the number of data
 * files; all others are {@code BundleEntryProto}s, which have a tensor's place in one of them.
 * Field numbers are those of {@code tensor_bundle.proto}.
 *
 * @param shardBytes for each data file, how long it has to be at least
 */
record VariablesIndex(long[] shardBytes) {

  private static final int FOOTER = 48;
  private static final long MAGIC = 0xdb4775248b80fb57L;

  /** After each block: one byte for its compression, four for its checksum. */
  private static final int TRAILER = 5;

  /** TensorFlow makes blocks of a quarter of a MiB; only a single longer entry exceeds that. */
  private static final long LARGEST_BLOCK = 64L << 20;

  private static final int MOST_SHARDS = 100_000;

  /** The format is one that this class does not know, such as compressed blocks. */
  static final class UnknownFormatException extends IOException {
    private static final long serialVersionUID = 1;

    UnknownFormatException(String message) {
      super(message);
    }
  }

  /**
   * Reads a file that exists.
   *
   * @throws MalformedException if it is not whole; the message is a clause that says why
   * @throws UnknownFormatException if that can't be told
   */
  static VariablesIndex read(Path file) throws IOException {
    try (FileFields fields = FileFields.open(file)) {
      return new Reading(fields).read();
    } catch (EOFException cut) {
      throw new MalformedException("is not whole, or damaged: " + cut.getMessage());
    }
  }

  /** One reading of a file. */
  private static final class Reading {

    private final FileFields fields;
    private long[] shards = {0};

    Reading(FileFields fields) {
      this.fields = fields;
    }

    VariablesIndex read() throws IOException {
      if (fields.size() < FOOTER) {
        throw new MalformedException("has " + fields.size() + " bytes and no end");
      }
      fields.position(fields.size() - Long.BYTES);
      if (little(fields.bytes(Long.BYTES)).getLong() != MAGIC) {
        throw new MalformedException("has " + fields.size() + " bytes and no end");
      }
      fields.position(fields.size() - FOOTER);
      blockAt(); // names of filters, of which there are none
      entries(block(blockAt()), (_, handle) -> entries(block(handle(handle)), this::tensor));
      return new VariablesIndex(shards);
    }

    /** Where a block lies. */
    private record Place(long start, long length) {}

    private Place blockAt() throws IOException {
      return new Place(fields.varint(), fields.varint());
    }

    private static Place handle(ByteBuffer value) throws IOException {
      CodedInputStream in = CodedInputStream.newInstance(value);
      return new Place(in.readRawVarint64(), in.readRawVarint64());
    }

    private ByteBuffer block(Place place) throws IOException {
      long end = place.start + place.length + TRAILER;
      if (place.start < 0 || place.length < 0 || end < 0 || end > fields.size()) {
        throw new MalformedException("is not whole, or damaged: a block ends at byte " + end);
      }
      if (place.length > LARGEST_BLOCK) {
        throw new UnknownFormatException("a block of " + place.length + " bytes");
      }
      fields.position(place.start);
      byte[] bytes = fields.bytes((int) place.length + 1);
      int checksum = little(fields.bytes(Integer.BYTES)).getInt();
      if (masked(bytes) != checksum) {
        throw new MalformedException(
            "is not whole, or damaged: wrong checksum at byte " + place.start);
      }
      if (bytes[bytes.length - 1] != 0) {
        throw new UnknownFormatException("a block with compression " + bytes[bytes.length - 1]);
      }
      return little(bytes).limit(bytes.length - 1);
    }

    /** Goes through a block; of keys only the length is known, as they share their beginnings. */
    private static void entries(ByteBuffer block, EntryReader reader) throws IOException {
      int restarts =
          block.limit() < Integer.BYTES ? -1 : block.getInt(block.limit() - Integer.BYTES);
      long end = block.limit() - Integer.BYTES * (restarts + 1L);
      if (restarts < 0 || end < 0) {
        throw new UnknownFormatException("a block with " + restarts + " restarts");
      }
      CodedInputStream in = CodedInputStream.newInstance(block.slice(0, (int) end));
      while (!in.isAtEnd()) {
        int shared = in.readRawVarint32();
        int own = in.readRawVarint32();
        int length = in.readRawVarint32();
        in.skipRawBytes(own);
        reader.entry(shared + own, ByteBuffer.wrap(in.readRawBytes(length)));
      }
    }

    private void tensor(int keyLength, ByteBuffer value) throws IOException {
      CodedInputStream in = CodedInputStream.newInstance(value);
      if (keyLength == 0) {
        header(in);
      } else {
        entry(in);
      }
    }

    /** Field 1 is the number of data files. */
    private void header(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == 1) {
          int count = in.readInt32();
          if (count < 1 || count > MOST_SHARDS) {
            throw new UnknownFormatException(count + " data files");
          }
          shards = new long[count];
        } else {
          in.skipField(tag);
        }
      }
    }

    /** Field 3 is the data file, 4 the offset in it, 5 the size. */
    private void entry(CodedInputStream in) throws IOException {
      int shard = 0;
      long offset = 0;
      long size = 0;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 3 -> shard = in.readInt32();
          case 4 -> offset = in.readInt64();
          case 5 -> size = in.readInt64();
          default -> in.skipField(tag);
        }
      }
      if (shard < 0 || shard >= shards.length) {
        throw new UnknownFormatException("data file " + shard + " of " + shards.length);
      }
      shards[shard] = Math.max(shards[shard], offset + size);
    }

    private static ByteBuffer little(byte[] bytes) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The checksum as LevelDB stores it: rotated, and with a constant added. */
    private static int masked(byte[] bytes) {
      CRC32C crc = new CRC32C();
      crc.update(bytes);
      return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }
  }

  /** Takes one entry of a block. */
  @FunctionalInterface
  private interface EntryReader {
    void entry(int keyLength, ByteBuffer value) throws IOException;
  }
}
