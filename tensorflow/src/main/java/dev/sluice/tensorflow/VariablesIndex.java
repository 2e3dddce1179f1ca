package dev.sluice.tensorflow;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the index of a checkpoint ({@code variables.index}) says of the files with its values: how
 * many there are and how many bytes each must at least have.
 *
 * <p>The file is a sorted table in LevelDB's form: blocks of keys and values, a block that lists
 * the blocks, and a footer of 48 bytes that says where that one lies. A value is a {@code
 * BundleEntryProto}; the one with the empty key is a {@code BundleHeaderProto}.
 */
final class VariablesIndex {

  private static final int FOOTER = 48;
  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int UNCOMPRESSED = 0;

  private final byte[] file;
  private final Map<Integer, Long> bytesOfShard = new HashMap<>();
  private int shards = 1;

  private VariablesIndex(byte[] file) {
    this.file = file;
  }

  /**
   * Reads an index.
   *
   * @param file the whole file
   * @throws IOException if it is none, or not all of one
   */
  static VariablesIndex read(byte[] file) throws IOException {
    VariablesIndex index = new VariablesIndex(file);
    int footer = file.length - FOOTER;
    if (footer < 0 || littleEndian(file).getLong(file.length - Long.BYTES) != MAGIC) {
      throw new IOException("its %d bytes do not end as an index does".formatted(file.length));
    }
    CodedInputStream handles = CodedInputStream.newInstance(file, footer, FOOTER);
    handles.readRawVarint64(); // offset and size of the block of meta data, which is of no use here
    handles.readRawVarint64();
    index.block(handles, (_, value) -> index.block(value, index::entry));
    return index;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** How many files of values there are. */
  int shards() {
    return shards;
  }

  /** The least number of bytes that a file of values has; shards count from 0. */
  long bytes(int shard) {
    return bytesOfShard.getOrDefault(shard, 0L);
  }

  /** Takes one key and value of a block. */
  private interface Entry {
    void take(byte[] key, CodedInputStream value) throws IOException;
  }

  /** Hands on each entry of the block to which a handle (offset and size) points. */
  private void block(CodedInputStream handle, Entry entry) throws IOException {
    long offset = handle.readRawVarint64();
    long size = handle.readRawVarint64();
    if (offset < 0 || size < Integer.BYTES || offset >= file.length - size) {
      throw new IOException("a block of %d bytes at byte %d".formatted(size, offset));
    }
    int start = (int) offset;
    int end = (int) (offset + size);
    if (file[end] != UNCOMPRESSED) {
      return; // TensorFlow writes none, and what can't be read can't be checked
    }
    int restarts = littleEndian(file).getInt(end - Integer.BYTES);
    long entries = size - Integer.BYTES * (restarts + 1L);
    if (restarts < 0 || entries < 0) {
      throw new IOException("a block with %d restarts".formatted(restarts));
    }
    entries(CodedInputStream.newInstance(file, start, (int) entries), entry);
  }

  /** An entry's key is what it shares with the key before, and what is its own. */
  private static void entries(CodedInputStream in, Entry entry) throws IOException {
    byte[] key = new byte[0];
    while (!in.isAtEnd()) {
      int shared = in.readRawVarint32();
      int own = in.readRawVarint32();
      int value = in.readRawVarint32();
      byte[] rest = in.readRawBytes(own);
      if (shared < 0 || shared > key.length) {
        throw new IOException(
            "a key that shares %d bytes with one of %d".formatted(shared, key.length));
      }
      key = Arrays.copyOf(key, shared + own);
      System.arraycopy(rest, 0, key, shared, own);
      entry.take(key, CodedInputStream.newInstance(in.readRawBytes(value)));
    }
  }

  private void entry(byte[] key, CodedInputStream value) throws IOException {
    Map<Integer, Long> numbers = numbers(value);
    if (key.length == 0) {
      shards = numbers.getOrDefault(1, 1L).intValue(); // BundleHeaderProto.num_shards
      return;
    }
    int shard = numbers.getOrDefault(3, 0L).intValue(); // BundleEntryProto.shard_id
    long end = numbers.getOrDefault(4, 0L) + numbers.getOrDefault(5, 0L); // offset and size
    bytesOfShard.merge(shard, end, Math::max);
  }

  /** The fields of a message that are plain numbers. */
  private static Map<Integer, Long> numbers(CodedInputStream in) throws IOException {
    Map<Integer, Long> numbers = new HashMap<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
        numbers.put(WireFormat.getTagFieldNumber(tag), in.readRawVarint64());
      } else {
        in.skipField(tag);
      }
    }
    return numbers;
  }
}
