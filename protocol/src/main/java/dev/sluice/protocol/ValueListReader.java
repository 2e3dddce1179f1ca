package dev.sluice.protocol;

import dev.sluice.model.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Reads the typed list of a fixed-size type into a tensor's buffer and fills up the rest. */
final class ValueListReader {

  private final DataType type;
  private final boolean narrow;
  private final ValueList list;
  private final int elementSize;
  private final MemorySegment data;
  private final long size;
  private long filled;

  /**
   * A reader for one tensor.
   *
   * @param data the whole buffer, at least one element
   */
  ValueListReader(DataType type, MemorySegment data) {
    this.type = type;
    this.narrow = type == DataType.INT4 || type == DataType.UINT4;
    this.list = Objects.requireNonNull(ValueList.of(type), "type");
    this.elementSize = type.elementSize();
    this.data = data;
    this.size = data.byteSize();
  }

  /** Reads every occurrence of the list, packed or not, in wire order. */
  void read(WireBytes wire, WireReader in) {
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == list.packedTag()) {
        if (list == ValueList.FLOAT8_VAL) {
          filled = 0; // no list: of several the last one counts
        }
        packed(wire, in.readMessage());
      } else if (tag == list.tag()) {
        single(wire, in);
      } else {
        in.skip(tag);
      }
    }
    // Complex numbers take two values; half a pair is no element.
    repeatTail(filled - filled % elementSize);
  }

  private void packed(WireBytes wire, WireReader in) {
    if (list.isVarint()) {
      while (!in.atEnd()) {
        store(in.readVarint());
      }
      return;
    }
    copy(wire, in.position(), in.remaining());
  }

  private void single(WireBytes wire, WireReader in) {
    if (list.isVarint()) {
      store(in.readVarint());
      return;
    }
    int start = in.position();
    in.advance(list.fixedSize());
    copy(wire, start, list.fixedSize());
  }

  private void copy(WireBytes wire, int from, int bytes) {
    if (bytes % list.fixedSize() != 0) {
      throw new MalformedWireException("packed list with a part of a value", from);
    }
    int fitting = (int) Math.min(bytes, size - filled);
    wire.copy(from, data, filled, fitting);
    filled += fitting;
  }

  private void store(long value) {
    if (filled == size) {
      return;
    }
    boolean truth = list == ValueList.BOOL_VAL;
    long element = narrow ? Elements.narrowed(type, value) : value;
    Elements.set(data, filled, elementSize, truth && value != 0 ? 1 : element);
    filled += elementSize;
  }

  private void repeatTail(long from) {
    if (from == 0) {
      data.fill((byte) 0);
      return;
    }
    // The repeated block doubles, so a long tail takes few copies.
    long source = from - elementSize;
    long at = from;
    while (at < size) {
      long block = Math.min(at - source, size - at);
      MemorySegment.copy(data, source, data, at, block);
      at += block;
    }
  }
}
