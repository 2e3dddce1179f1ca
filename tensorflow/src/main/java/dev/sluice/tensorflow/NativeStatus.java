package dev.sluice.tensorflow;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.foreign.MemorySegment;

/** A {@code TF_Status} for one call: made, handed in, checked, deleted. One thread. */
final class NativeStatus implements AutoCloseable {

  private final MemorySegment pointer = CApi.newStatus();

  NativeStatus() {
    NativeObjects.opened(NativeObjects.Kind.STATUS);
  }

  MemorySegment pointer() {
    return pointer;
  }

  boolean isOk() {
    return CApi.code(pointer) == StatusCode.OK.number();
  }

  /** Throws TensorFlow's own code and text unless the last call was fine. */
  void check() {
    if (!isOk()) {
      throw failure();
    }
  }

  StatusException failure() {
    return new StatusException(StatusCode.ofNumber(CApi.code(pointer)), CApi.message(pointer));
  }

  @Override
  public void close() {
    CApi.deleteStatus(pointer);
    NativeObjects.closed(NativeObjects.Kind.STATUS);
  }
}
