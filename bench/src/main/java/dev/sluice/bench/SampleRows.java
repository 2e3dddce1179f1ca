package dev.sluice.bench;

import dev.sluice.model.ArenaTensors;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.testkit.RandomInputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Random rows for a signature, made once: what a caller spends on its next request is then a copy.
 * Safe from any thread.
 */
final class SampleRows {

  private static final int COUNT = 16;

  private final TensorAllocator allocator;
  private final List<List<Tensor>> rows;

  private SampleRows(TensorAllocator allocator, List<List<Tensor>> rows) {
    this.allocator = allocator;
    this.rows = rows;
  }

  static SampleRows of(Model model, Signature signature) {
    RandomInputs inputs = new RandomInputs(new ArenaTensors(), new Random(1));
    List<List<Tensor>> rows = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      rows.add(inputs.of(signature, 1));
    }
    return new SampleRows(model.tensors(), rows);
  }

  /** One of the rows, in tensors that are the caller's. */
  List<Tensor> next() {
    return rows.get(ThreadLocalRandom.current().nextInt(COUNT)).stream().map(this::copy).toList();
  }

  private Tensor copy(Tensor row) {
    if (row.dataType() == DataType.STRING) {
      int count = Math.toIntExact(row.shape().elementCount());
      return new StringTensor(
          row.shape(), IntStream.range(0, count).mapToObj(row::string).toArray(byte[][]::new));
    }
    Tensor copy = allocator.allocate(row.dataType(), row.shape());
    copy.data().copyFrom(row.data());
    return copy;
  }
}
