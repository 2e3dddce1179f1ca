package dev.sluice.protocol;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import java.util.Arrays;

/**
 * What a TensorProto says of itself before its values: type, shape, and where {@code
 * tensor_content} lies. Fields come in any order, so this is one pass over the whole message.
 *
 * @param contentLength 0 if there is no content
 */
record TensorHeader(DataType dataType, Shape shape, int contentOffset, int contentLength) {

  private static final int DTYPE = WireReader.tag(1, WireReader.VARINT);
  private static final int TENSOR_SHAPE = WireReader.tag(2, WireReader.BYTES);
  private static final int TENSOR_CONTENT = WireReader.tag(4, WireReader.BYTES);
  private static final int DIM = WireReader.tag(2, WireReader.BYTES);
  private static final int DIM_SIZE = WireReader.tag(1, WireReader.VARINT);

  /**
   * Reads the header.
   *
   * @throws MalformedWireException for bytes that are no message, and for a type or shape that no
   *     tensor has
   */
  static TensorHeader read(WireReader in) {
    Parser parser = new Parser();
    while (!in.atEnd()) {
      parser.field(in);
    }
    return parser.header();
  }

  private static final class Parser {

    private int dtype;
    private long[] dimensions = new long[4];
    private int rank;
    private int contentOffset;
    private int contentLength;

    void field(WireReader in) {
      int tag = in.readTag();
      if (tag == DTYPE) {
        dtype = (int) in.readVarint();
      } else if (tag == TENSOR_SHAPE) {
        shape(in.readMessage());
      } else if (tag == TENSOR_CONTENT) {
        contentLength = in.readLength();
        contentOffset = in.position();
        in.advance(contentLength);
      } else {
        in.skip(tag);
      }
    }

    private void shape(WireReader in) {
      while (!in.atEnd()) {
        int tag = in.readTag();
        if (tag == DIM) {
          dimension(in.readMessage());
        } else {
          in.skip(tag);
        }
      }
    }

    private void dimension(WireReader in) {
      long size = 0;
      while (!in.atEnd()) {
        int tag = in.readTag();
        if (tag == DIM_SIZE) {
          size = in.readVarint();
        } else {
          in.skip(tag);
        }
      }
      if (rank == dimensions.length) {
        dimensions = Arrays.copyOf(dimensions, rank * 2);
      }
      // One above the largest rank is enough to be refused.
      dimensions[Math.min(rank, Shape.MAX_RANK)] = size;
      rank = Math.min(rank + 1, Shape.MAX_RANK + 1);
    }

    TensorHeader header() {
      DataType type = DataType.ofNumber(dtype);
      if (type == null || ValueList.of(type) == null) {
        throw new MalformedWireException("dtype " + dtype + " is not one that can be sent");
      }
      return new TensorHeader(type, finalShape(), contentOffset, contentLength);
    }

    private Shape finalShape() {
      try {
        return Shape.of(Arrays.copyOf(dimensions, rank));
      } catch (IllegalArgumentException impossible) {
        throw new MalformedWireException(String.valueOf(impossible.getMessage()));
      }
    }
  }
}
