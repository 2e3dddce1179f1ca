package dev.sluice.bench;

import dev.sluice.model.DataType;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Shape;
import dev.sluice.model.Signature;
import dev.sluice.model.StringTensor;
import dev.sluice.model.Tensor;
import dev.sluice.tensorflow.SessionOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/**
 * Runs of the image network in this process, one after the other, each with as many images as cost
 * least. CPU is that of this process, in which nothing else goes on meanwhile.
 */
final class BareImages implements Servers.Started {

  private static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16, 32);

  private final LoadedModel loaded;
  private final ProcStat self = ProcStat.of(ProcessHandle.current().pid());
  private final double seconds;

  private BareImages(LoadedModel loaded, double seconds) {
    this.loaded = loaded;
    this.seconds = seconds;
  }

  static BareImages load(Workshop workshop) throws IOException, InterruptedException {
    return new BareImages(
        LoadedModel.of(
            ImageModel.made(workshop).resolve("1"), workshop.libraries(), SessionOptions.SERVE),
        workshop.quick() ? 0.1 : 1.5);
  }

  /**
   * Runs of a signature at its best size, which is found now.
   *
   * @param notes gets a sentence that says which it is
   */
  Side side(String name, String signatureName, List<String> notes) throws IOException {
    Signature signature = loaded.signature(signatureName);
    StringJoiner costs = new StringJoiner(", ");
    int best = 0;
    double least = Double.MAX_VALUE;
    for (int size : SIZES) {
      double micros = cost(signature, size, seconds).get(Measure.CPU);
      costs.add("%s ms in runs of %d".formatted(Figures.number(micros / 1e3, 1), size));
      if (micros < least) {
        least = micros;
        best = size;
      }
    }
    notes.add("CPU per image of %s in-process: %s.".formatted(signatureName, costs));
    int chosen = best;
    return new Side(name, length -> cost(signature, chosen, length));
  }

  private Sample cost(Signature signature, int size, double length) throws IOException {
    try (Tensor images = signature.name().equals(ImageModel.BYTES) ? files(size) : floats(size)) {
      loaded.run(signature, List.of(images), RunOptions.UNLIMITED);
      long begin = System.nanoTime();
      double before = self.cpuMicros();
      long runs = 0;
      do {
        loaded.run(signature, List.of(images), RunOptions.UNLIMITED);
        runs++;
      } while (System.nanoTime() - begin < length * 1e9);
      double count = (double) runs * size;
      return Sample.EMPTY
          .with(Measure.CPU, (self.cpuMicros() - before) / count)
          .with(Measure.RATE, count * 1e9 / (System.nanoTime() - begin));
    }
  }

  private Tensor floats(int size) {
    Shape shape = Shape.of(size, ImageModel.SIZE, ImageModel.SIZE, 3);
    Tensor tensor = loaded.model().tensors().allocate(DataType.FLOAT, shape);
    float[] pixels = ImageModel.pixels();
    for (int i = 0; i < size; i++) {
      MemorySegment.copy(
          pixels, 0, tensor.data(), ValueLayout.JAVA_FLOAT, 4L * i * pixels.length, pixels.length);
    }
    return tensor;
  }

  private static Tensor files(int size) throws IOException {
    byte[][] files = new byte[size][];
    Arrays.fill(files, ImageModel.jpeg());
    return new StringTensor(Shape.of(size), files);
  }

  @Override
  public void close() {
    loaded.close();
  }
}
