package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import java.lang.foreign.MemorySegment;

/** Stands for an output that a request did not ask for, so that the others keep their places. */
enum UnwantedTensor implements Tensor {
  INSTANCE;

  private static IllegalStateException unwanted() {
    return new IllegalStateException("an output that was not asked for");
  }

  @Override
  public DataType dataType() {
    throw unwanted();
  }

  @Override
  public Shape shape() {
    throw unwanted();
  }

  @Override
  public MemorySegment data() {
    throw unwanted();
  }

  @Override
  public byte[] string(long index) {
    throw unwanted();
  }

  @Override
  public void close() {
    // It has nothing to give back.
  }
}
