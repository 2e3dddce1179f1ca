package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sluice.model.RunOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code TF_Buffer} with a serialised {@code tensorflow.RunOptions}: field 2 is {@code
 * timeout_in_ms}, field 3 {@code inter_op_thread_pool}, where -1 means the calling thread.
 */
final class NativeRunOptions {

  private static final MemorySegment PLAIN = buffer(Arena.global(), new RunOptions(0, false));
  static final MemorySegment IN_CALLER = buffer(Arena.global(), new RunOptions(0, true));

  private static final int TIMEOUT_IN_MS = 2 << 3;
  private static final int INTER_OP_THREAD_POOL = 3 << 3;
  private static final int VARINT_SIZE = 10;

  private NativeRunOptions() {}

  /** The options of one run, in the arena where they are not one of the constants. */
  static MemorySegment of(Arena arena, RunOptions options) {
    if (options.timeoutMillis() == 0) {
      return options.inCaller() ? IN_CALLER : PLAIN;
    }
    return buffer(arena, options);
  }

  private static MemorySegment buffer(Arena arena, RunOptions options) {
    MemorySegment message = arena.allocate(2 * (1 + VARINT_SIZE));
    long length = 0;
    if (options.timeoutMillis() > 0) {
      length = writeField(message, length, TIMEOUT_IN_MS, options.timeoutMillis());
    }
    if (options.inCaller()) {
      length = writeField(message, length, INTER_OP_THREAD_POOL, -1L);
    }
    return CApi.buffer(arena, message.asSlice(0, length));
  }

  private static long writeField(MemorySegment message, long position, int tag, long value) {
    message.set(JAVA_BYTE, position++, (byte) tag);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      message.set(JAVA_BYTE, position++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    message.set(JAVA_BYTE, position++, (byte) rest);
    return position;
  }
}
