package dev.sluice.batching;

import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.model.TensorSpec;
import dev.sluice.status.StatusException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Computes with floats, row by row: {@code y:0} = x/2 + 2 and {@code y2:0} = x/2 + 3 of {@code
 * x:0}, {@code sum:0} = a + b; {@code one:0} is a scalar and {@code table:0} has three rows,
 * always. It remembers its runs, can be held, and counts what is open. Thread-safe.
 */
final class RowModel implements Model {

  /** A run: the shapes of its inputs in the signature's order, and how it was asked for. */
  record Run(String signature, List<Shape> shapes, List<float[]> inputs, RunOptions options) {}

  private static final int OPEN = 1_000_000;

  private final CountedTensors tensors = new CountedTensors();
  private final SortedMap<String, Signature> signatures = new TreeMap<>();
  private final List<Run> runs = new CopyOnWriteArrayList<>();
  private final AtomicInteger loans = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore gate = new Semaphore(OPEN);
  private volatile @Nullable StatusException failure;

  RowModel() {
    add("half", List.of("x=x:0"), List.of("y=y:0"));
    add("half_again", List.of("input=x:0"), List.of("output=y:0"));
    add("half_plus_three", List.of("x=x:0"), List.of("y=y2:0"));
    add("both", List.of("x=x:0"), List.of("y=y:0", "y2=y2:0"));
    add("sum", List.of("a=a:0", "b=b:0"), List.of("sum=sum:0"));
    add("mus", List.of("a=b:0", "b=a:0"), List.of("sum=sum:0"));
    add("scalar", List.of("x=x:0"), List.of("one=one:0", "y=y:0"));
    add("table", List.of("x=x:0"), List.of("table=table:0"));
    add("nothing", List.of(), List.of("one=one:0"));
  }

  private void add(String name, List<String> inputs, List<String> outputs) {
    signatures.put(name, new Signature(name, "", specs(inputs), specs(outputs), new byte[0]));
  }

  private static List<TensorSpec> specs(List<String> pairs) {
    return pairs.stream()
        .map(pair -> pair.split("=", 2))
        .map(names -> new TensorSpec(names[0], names[1], DataType.FLOAT, null))
        .toList();
  }

  /** Lets runs begin and none end. */
  void hold() {
    gate.drainPermits();
  }

  void release() {
    gate.release(OPEN);
  }

  /** Waits until one run more has begun. */
  void awaitRun() throws InterruptedException {
    if (!begun.tryAcquire(30, TimeUnit.SECONDS)) {
      throw new AssertionError("no run within 30 s");
    }
  }

  void failWith(StatusException runsFail) {
    failure = runsFail;
  }

  List<Run> runs() {
    return runs;
  }

  /** How many rows each run had. */
  List<Long> rowsOfRuns() {
    return runs.stream().map(run -> run.shapes().get(0).dimension(0)).toList();
  }

  CountedTensors counted() {
    return tensors;
  }

  int loans() {
    return loans.get();
  }

  Signature signature(String name) {
    Signature signature = signatures.get(name);
    if (signature == null) {
      throw new AssertionError("no signature " + name);
    }
    return signature;
  }

  Tensor floats(Shape shape, float... values) {
    Tensor tensor = tensors.allocate(DataType.FLOAT, shape);
    for (int i = 0; i < shape.elementCount(); i++) {
      tensor.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
    }
    return tensor;
  }

  Tensor vector(float... values) {
    return floats(Shape.of(values.length), values);
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().elementCount())];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.data().getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    return values;
  }

  /** A call for all outputs, without a deadline. */
  Call call(String signature, Call.Receiver receiver, Tensor... inputs) {
    return call(
        new Call.Request(this, signature(signature), List.of(inputs)), Call.NO_DEADLINE, receiver);
  }

  Call call(Call.Request request, long deadlineNanos, Call.Receiver receiver) {
    loans.incrementAndGet();
    return new Call(request, loans::decrementAndGet, deadlineNanos, CallObserver.NONE, receiver);
  }

  @Override
  public SortedMap<String, Signature> signatures() {
    return signatures;
  }

  @Override
  public TensorAllocator tensors() {
    return tensors;
  }

  @Override
  public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
    runs.add(
        new Run(
            signature.name(),
            inputs.stream().map(Tensor::shape).toList(),
            inputs.stream().map(RowModel::floats).toList(),
            options));
    begun.release();
    gate.acquireUninterruptibly();
    gate.release();
    StatusException fails = failure;
    if (fails != null) {
      throw fails;
    }
    List<Tensor> outputs = new ArrayList<>();
    for (TensorSpec output : signature.outputs()) {
      outputs.add(output(output.engineName(), inputs));
    }
    return outputs;
  }

  private Tensor output(String name, List<Tensor> inputs) {
    return switch (name) {
      case "y:0" -> half(inputs.get(0), 2);
      case "y2:0" -> half(inputs.get(0), 3);
      case "sum:0" -> sum(inputs.get(0), inputs.get(1));
      case "one:0" -> floats(Shape.scalar(), 1);
      case "table:0" -> vector(1, 2, 3);
      default -> throw new AssertionError(name);
    };
  }

  private Tensor half(Tensor x, float plus) {
    float[] values = floats(x);
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] / 2 + plus;
    }
    return floats(x.shape(), values);
  }

  private Tensor sum(Tensor a, Tensor b) {
    float[] values = floats(a);
    float[] others = floats(b);
    for (int i = 0; i < values.length; i++) {
      values[i] += others[i];
    }
    return floats(a.shape(), values);
  }
}
