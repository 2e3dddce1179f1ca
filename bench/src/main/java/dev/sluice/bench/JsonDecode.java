package dev.sluice.bench;

import dev.sluice.model.DataType;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.JsonPredictRequest;
import dev.sluice.protocol.TensorBudget;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Predict bodies into floats. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JsonDecode {

  /** Which body is read; a name of {@link Body}. */
  @Param({"LONG_IMAGE", "SHORT_IMAGE", "ROW"})
  public Body body = Body.ROW;

  /** The bodies. */
  public enum Body {
    /** 224 x 224 x 3 numbers of 16 to 19 digits. */
    LONG_IMAGE,
    /** 224 x 224 x 3 numbers of 6 digits. */
    SHORT_IMAGE,
    /** 13 numbers, of one to six digits each. */
    ROW;

    /** What takes turns at being read. */
    byte[][] bodies() {
      return switch (this) {
        case LONG_IMAGE -> new byte[][] {JsonBodies.longImage()};
        case SHORT_IMAGE -> new byte[][] {JsonBodies.shortImage()};
        case ROW -> JsonBodies.rows();
      };
    }

    /** The mean size of a body. */
    int bytes() {
      return (int) Arrays.stream(bodies()).mapToInt(body -> body.length).average().orElse(0);
    }

    int[] sizes() {
      return this == ROW ? JsonBodies.ROW : JsonBodies.IMAGE;
    }
  }

  private final Signature signature =
      new Signature(
          "serving_default",
          "",
          List.of(new TensorSpec("x", "x:0", DataType.FLOAT, null)),
          List.of(new TensorSpec("y", "y:0", DataType.FLOAT, null)),
          new byte[0]);

  private final JacksonCodec jackson = new JacksonCodec();
  private byte[][] bodies = {};
  private int next;
  private float[] floats = {};
  private ReusedTensor tensor = new ReusedTensor(DataType.FLOAT, Shape.of(0));

  /** Makes the bodies, and sees to it that both read the same from them. */
  @Setup
  public void prepare() throws IOException {
    bodies = body.bodies();
    floats = new float[JsonBodies.elements(body.sizes())];
    tensor =
        new ReusedTensor(
            DataType.FLOAT, Shape.of(Arrays.stream(body.sizes()).asLongStream().toArray()));
    for (byte[] bytes : bodies) {
      compare(bytes);
    }
  }

  private void compare(byte[] bytes) throws IOException {
    int count = jackson.read(bytes, floats);
    if (count != floats.length) {
      throw new IllegalStateException(count + " numbers, expected " + floats.length);
    }
    Tensor decoded = sluice(bytes).getFirst();
    for (int i = 0; i < count; i++) {
      float own = decoded.data().get(ValueLayout.JAVA_FLOAT, i * 4L);
      if (own != floats[i]) {
        throw new IllegalStateException(own + " and " + floats[i] + " at " + i);
      }
    }
  }

  private byte[] nextBody() {
    next = next + 1 == bodies.length ? 0 : next + 1;
    return bodies[next];
  }

  /** Both passes of ours, with a look at the signature's name between them. */
  @Benchmark
  public List<Tensor> sluice(CpuTime cpu) {
    cpu.operations++;
    return sluice(nextBody());
  }

  private List<Tensor> sluice(byte[] bytes) {
    JsonPredictRequest request = JsonPredictRequest.scan(bytes);
    return request.tensors(signature, tensor, TensorBudget.DEFAULT);
  }

  /** The rival. */
  @Benchmark
  public int jackson(CpuTime cpu) throws IOException {
    cpu.operations++;
    return jackson.read(nextBody(), floats);
  }
}
