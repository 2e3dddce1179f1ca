package dev.sluice.bench;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Tensor;
import dev.sluice.protocol.JsonPredictResponse;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** 1000 rows of 10 floats from 0 up to 1, such as a classifier gives, into the answer's bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JsonEncode {

  private static final int ROWS = 1000;
  private static final int COLUMNS = 10;
  private static final List<String> NAMES = List.of("y");

  private final JacksonCodec jackson = new JacksonCodec();
  private final float[] values = new float[ROWS * COLUMNS];
  private final Tensor tensor = new ReusedTensor(DataType.FLOAT, Shape.of(ROWS, COLUMNS));
  private final List<Tensor> tensors = List.of(tensor);

  /** Makes the values, and sees to it that the recipe and ours print the same. */
  @Setup
  public void prepare() {
    SplittableRandom random = new SplittableRandom(1000);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
      tensor.data().set(ValueLayout.JAVA_FLOAT, i * 4L, values[i]);
    }
    byte[] own = JsonPredictResponse.write(NAMES, tensors, true);
    if (!Arrays.equals(own, DecimalRecipe.write(values, COLUMNS))) {
      throw new IllegalStateException("the recipe prints something else");
    }
  }

  /** Ours. */
  @Benchmark
  public byte[] sluice(CpuTime cpu) {
    cpu.operations++;
    return JsonPredictResponse.write(NAMES, tensors, true);
  }

  /** The same bytes by {@link java.math.BigDecimal}. */
  @Benchmark
  public byte[] recipe(CpuTime cpu) {
    cpu.operations++;
    return DecimalRecipe.write(values, COLUMNS);
  }

  /** Other text for the same floats: Jackson's own. */
  @Benchmark
  public byte[] jackson(CpuTime cpu) throws IOException {
    cpu.operations++;
    return jackson.write(values, COLUMNS);
  }
}
