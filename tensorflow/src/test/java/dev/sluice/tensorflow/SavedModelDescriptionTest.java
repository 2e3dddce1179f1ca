package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.sun.management.ThreadMXBean;
import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.MetaGraphDef;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SavedModelDescriptionTest {

  @TempDir Path temporary;

  private Path model() {
    return Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
  }

  @Test
  void signaturesTagsAndWriterAreRead() {
    SavedModelDescription description = SavedModelDescription.read(model());
    assertThat(description.metaGraphs()).hasSize(1);
    SavedModelDescription.MetaGraph graph = description.metaGraphs().getFirst();
    assertThat(graph.tags()).contains("serve");
    assertThat(graph.tensorflowVersion()).matches("[12]\\.\\d+\\..*");
    Signature signature = graph.signatures().get(Signature.DEFAULT_NAME);
    assertThat(signature.methodName()).isEqualTo("tensorflow/serving/predict");
    TensorSpec x = signature.input("x");
    assertThat(x.dataType()).isEqualTo(DataType.FLOAT);
    assertThat(x.dimensions()).startsWith(-1L);
    assertThat(graph.signatures()).containsKey("regress_x_to_y");
    assertThat(graph.placeholders())
        .containsEntry("x", DataType.FLOAT.number())
        .containsEntry("tf_example", DataType.STRING.number());
    assertThat(graph.parsesExamples()).isTrue();
    Path strings = Models.copyTo(temporary, Models.STRINGS).resolve("1");
    assertThat(SavedModelDescription.read(strings).metaGraphs().getFirst().parsesExamples())
        .isFalse();
  }

  /** A hole in the file stands for the content of a constant, which nobody reads. */
  @Test
  void graphOfThreeGigabytesNeverReachesTheHeap() throws Exception {
    writeGraph(temporary.resolve("saved_model.pb"), 3L << 30);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    SavedModelDescription description = SavedModelDescription.read(temporary);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(description.metaGraphs().getFirst().signatures()).containsKey("serving_default");
    assertThat(allocated).isLessThan(1 << 20);
  }

  private static void writeGraph(Path file, long graphBytes) throws IOException {
    byte[] signature =
        MetaGraphDef.newBuilder()
            .putSignatureDef(
                "serving_default", SignatureDef.newBuilder().setMethodName("m").build())
            .build()
            .toByteArray();
    byte[] device = header(4, graphBytes); // any field of a node that is not looked at
    byte[] node = header(1, device.length + graphBytes);
    byte[] graph = header(2, node.length + device.length + graphBytes);
    long inner = graph.length + node.length + device.length + graphBytes;
    byte[] metaGraph = header(2, inner + signature.length);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      for (byte[] head : new byte[][] {metaGraph, graph, node, device}) {
        out.write(head);
      }
      out.seek(metaGraph.length + inner);
      out.write(signature);
    }
  }

  /** Number and length of a field with bytes. */
  private static byte[] header(int field, long length) throws IOException {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeTag(field, 2);
    out.writeUInt64NoTag(length);
    out.flush();
    return bytes.toByteString().toByteArray();
  }

  private static void refused(Path directory, StatusCode code, String text) {
    assertThatThrownBy(() -> SavedModelDescription.read(directory))
        .isInstanceOfSatisfying(
            StatusException.class, failure -> assertThat(failure.code()).isEqualTo(code))
        .hasMessageContaining(text)
        .hasMessageContaining(directory.toString());
  }

  /** A copy that stopped at any byte: no length of it may pass for the whole. */
  @Test
  void everyHalfOfAGraphIsRefused() throws Exception {
    Path file = model().resolve("saved_model.pb");
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(5);
    for (int i = 0; i < 300; i++) {
      Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length)));
      refused(file.getParent(), StatusCode.DATA_LOSS, "only a part of a copy");
    }
  }

  @Test
  void damagedBytesGiveAStatusAndNothingElse() throws Exception {
    Path file = model().resolve("saved_model.pb");
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(6);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      damaged[random.nextInt(40)] = (byte) random.nextInt();
      Files.write(file, damaged);
      try {
        SavedModelDescription.read(file.getParent());
      } catch (StatusException expected) {
        assertThat(expected.code()).isEqualTo(StatusCode.DATA_LOSS);
      }
    }
  }

  @Test
  void emptyFileIsRefused() throws Exception {
    Path file = model().resolve("saved_model.pb");
    Files.write(file, new byte[0]);
    refused(file.getParent(), StatusCode.DATA_LOSS, "no graph in its 0 bytes");
  }

  @Test
  void shortVariablesAreRefused() throws Exception {
    Path data = model().resolve("variables/variables.data-00000-of-00001");
    byte[] whole = Files.readAllBytes(data);
    Files.write(data, Arrays.copyOf(whole, whole.length - 1));
    refused(
        data.getParent().getParent(),
        StatusCode.DATA_LOSS,
        "data-00000-of-00001 has %d bytes, %d needed".formatted(whole.length - 1, whole.length));
  }

  @ParameterizedTest
  @CsvSource({"variables.data-00000-of-00001", "variables.index"})
  void missingFileOfVariablesIsNamed(String name) throws Exception {
    Path version = model();
    Files.delete(version.resolve("variables").resolve(name));
    refused(
        version,
        StatusCode.DATA_LOSS,
        "is damaged, or only a part of a copy: variables/" + name + " is missing");
  }

  @Test
  void everyHalfOfAnIndexIsRefused() throws Exception {
    Path index = model().resolve("variables/variables.index");
    byte[] whole = Files.readAllBytes(index);
    for (int length = 0; length < whole.length; length++) {
      Files.write(index, Arrays.copyOf(whole, length));
      refused(index.getParent().getParent(), StatusCode.DATA_LOSS, "variables.index");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model.tflite, TensorFlow Lite",
    "house.keras, Keras 3",
    "house.h5, HDF5",
    "export.meta, Session Bundle",
    "saved_model.pbtxt, text form"
  })
  void otherFormsAreNamed(String file, String words) throws Exception {
    Files.write(temporary.resolve(file), new byte[1]);
    refused(temporary, StatusCode.UNIMPLEMENTED, words);
    assertThatThrownBy(() -> SavedModelDescription.read(temporary)).hasMessageContaining(file);
  }

  @Test
  void fileInPlaceOfAFolderIsNamed() throws Exception {
    Path file = Files.write(temporary.resolve("house.keras"), new byte[1]);
    refused(file, StatusCode.UNIMPLEMENTED, "Keras 3");
  }

  @Test
  void emptyFolderHasNoModel() {
    refused(temporary, StatusCode.NOT_FOUND, "expected a file saved_model.pb");
  }

  /** Every model that we have is complete. */
  @Test
  void ownModelsAreComplete() throws Exception {
    for (String name : new String[] {Models.IDENTITY, Models.STRINGS, Models.TABLE, Models.GATE}) {
      Path version = Models.copyTo(temporary, name).resolve("1");
      assertThat(SavedModelDescription.read(version).metaGraphs()).isNotEmpty();
    }
    long versions = count(Path.of(System.getProperty("sluice.root"), "../shared/models"));
    System.out.println("Others' models described: " + versions);
  }

  private static long count(Path models) throws IOException {
    if (!Files.isDirectory(models)) {
      return 0;
    }
    try (var files = Files.find(models, 3, (path, _) -> path.endsWith("saved_model.pb"))) {
      return files.peek(SavedModelDescriptionTest::describe).count();
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  private static void describe(Path file) {
    assertThat(SavedModelDescription.read(file.getParent()).metaGraphs()).isNotEmpty();
  }
}
