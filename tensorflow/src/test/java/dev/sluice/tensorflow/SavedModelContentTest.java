package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedModelContentTest {

  private static final String GRAPH = "saved_model.pb";
  private static final String INDEX = "variables/variables.index";
  private static final String DATA = "variables/variables.data-00000-of-00001";

  @TempDir Path folder;

  private final SavedModelContent content = new SavedModelContent();

  private Path copy(String model) {
    return Models.copyVersion(model, 1, folder.resolve(model), 1);
  }

  private String missing(Path version) throws IOException {
    return content.missing(version).orElse("");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        Models.HALF_PLUS_TWO,
        Models.IDENTITY,
        Models.STRINGS,
        Models.TABLE,
        Models.SLOW,
        Models.GATE
      })
  void wholeModelLacksNothing(String model) throws IOException {
    assertThat(missing(copy(model))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {GRAPH, INDEX, DATA})
  void everyFileThatWasCutShortIsNoticedAtEveryByte(String name) throws IOException {
    for (String model : new String[] {Models.HALF_PLUS_TWO, Models.TABLE}) {
      Path version = copy(model);
      Path file = version.resolve(name);
      try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
        for (long length = bytes.length() - 1; length >= 0; length--) {
          bytes.setLength(length);
          assertThat(missing(version)).as("%s of %d bytes", name, length).startsWith(name);
        }
      }
      Files.delete(file);
      assertThat(missing(version)).isEqualTo(name + " is missing");
    }
  }

  @Test
  void whatIsMissingIsSaidInBytes() throws IOException {
    Path version = copy(Models.HALF_PLUS_TWO);
    long size = Files.size(version.resolve(GRAPH));
    cut(version.resolve(DATA), 4);
    assertThat(missing(version)).isEqualTo(DATA + " has 4 bytes, 12 needed");
    cut(version.resolve(INDEX), 100);
    assertThat(missing(version)).isEqualTo(INDEX + " has 100 bytes and no end");
    cut(version.resolve(GRAPH), 1024);
    assertThat(missing(version)).isEqualTo(GRAPH + " has 1024 bytes, " + size + " needed");
  }

  private static void cut(Path file, int length) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
  }

  /** Some tools reserve a file's space first and fill it then. */
  @ParameterizedTest
  @ValueSource(strings = {GRAPH, INDEX})
  void fileThatIsHalfZerosIsNoticed(String name) throws IOException {
    Path version = copy(Models.HALF_PLUS_TWO);
    Path file = version.resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
    Files.write(file, bytes);
    assertThat(missing(version)).startsWith(name);
    Arrays.fill(bytes, (byte) 0);
    Files.write(file, bytes);
    assertThat(missing(version)).startsWith(name);
  }

  @Test
  void indexWithAnotherBlockThanItsChecksumSaysIsNoticed() throws IOException {
    Path version = copy(Models.HALF_PLUS_TWO);
    byte[] bytes = Files.readAllBytes(version.resolve(INDEX));
    bytes[10] ^= 1;
    Files.write(version.resolve(INDEX), bytes);
    assertThat(missing(version))
        .isEqualTo(INDEX + " is not whole, or damaged: wrong checksum at byte 0");
  }

  @Test
  void assetThatTheGraphNamesMustBeThere() throws IOException {
    Path version = copy(Models.TABLE);
    Files.delete(version.resolve("assets/words.txt"));
    assertThat(missing(version)).isEqualTo("assets/words.txt is missing");
  }

  @Test
  void longerDataIsNotMissing() throws IOException {
    Path version = copy(Models.HALF_PLUS_TWO);
    cut(version.resolve(DATA), 100);
    assertThat(missing(version)).isEmpty();
  }

  @Test
  void emptyDirectoryLacksItsGraph() throws IOException {
    assertThat(missing(folder)).isEqualTo("saved_model.pb is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"saved_model.pbtxt", "saved_model.cpb", "model.tflite", "export.meta"})
  void nothingIsMissedInOtherFormats(String file) throws IOException {
    Files.createFile(folder.resolve(file));
    assertThat(missing(folder)).isEmpty();
  }

  @Test
  void plainFileIsLeftToTheLoad() throws IOException {
    assertThat(missing(Files.createFile(folder.resolve("3")))).isEmpty();
  }

  /** Compressed blocks are legal in the format, and TensorFlow can read what it does not write. */
  @Test
  void compressedIndexIsNotRefused() throws IOException {
    Path version = copy(Models.HALF_PLUS_TWO);
    compressFirstBlock(version.resolve(INDEX));
    assertThat(missing(version)).isEmpty();
    cut(version.resolve(DATA), 0);
    assertThat(missing(version)).isEmpty();
  }

  /** Says that a block is compressed, with the checksum that belongs to it. */
  private static void compressFirstBlock(Path index) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(index)).order(ByteOrder.LITTLE_ENDIAN);
    for (int end = 1; end < bytes.limit() - Integer.BYTES; end++) {
      if (bytes.get(end) == 0 && bytes.getInt(end + 1) == checksum(bytes, end + 1)) {
        bytes.put(end, (byte) 1);
        bytes.putInt(end + 1, checksum(bytes, end + 1));
        Files.write(index, bytes.array());
        return;
      }
    }
    throw new AssertionError("no block found");
  }

  private static int checksum(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  /** Two GiB of graph are stepped over: this would take long, or all memory, if they were read. */
  @Test
  void largeGraphIsNotRead() throws IOException {
    Path file = folder.resolve(GRAPH);
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long graph = 2_000_000_000L;
      bytes.write(new byte[] {0x12}); // meta_graphs
      bytes.write(varint(graph + 6));
      bytes.write(new byte[] {0x12}); // graph_def
      bytes.write(varint(graph));
      bytes.setLength(bytes.getFilePointer() + graph);
    }
    assertThat(missing(folder)).isEmpty();
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(bytes.length() - 1);
    }
    assertThat(missing(folder)).isEqualTo(GRAPH + " has 2000000011 bytes, 2000000012 needed");
  }

  private static byte[] varint(long value) {
    byte[] bytes = new byte[10];
    int length = 0;
    long rest = value;
    while (rest >= 0x80) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return Arrays.copyOf(bytes, length);
  }
}
