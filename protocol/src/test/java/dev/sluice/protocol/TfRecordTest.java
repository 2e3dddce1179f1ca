package dev.sluice.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfRecordTest {

  /** Written by {@code tf.io.TFRecordWriter}: {@code b""} and {@code b"abc"}. */
  private static final String BY_TENSORFLOW =
      "000000000000000029039807d8ea82a2" + "0300000000000000b099490e6162636e57f121";

  private static byte[] file(byte[]... records) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TfRecordWriter writer = new TfRecordWriter(out);
    for (byte[] record : records) {
      writer.write(record);
    }
    return out.toByteArray();
  }

  private static List<String> read(byte[] file) throws IOException {
    TfRecordReader reader = new TfRecordReader(new ByteArrayInputStream(file));
    List<String> records = new ArrayList<>();
    for (byte[] record = reader.next(); record != null; record = reader.next()) {
      records.add(new String(record, UTF_8));
    }
    return records;
  }

  private static void assertLost(byte[] file, String text) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOfSatisfying(
            StatusException.class,
            failure -> assertThat(failure.code()).isEqualTo(StatusCode.DATA_LOSS))
        .hasMessage(text);
  }

  @Test
  void bytesAreThoseOfTensorFlow() throws Exception {
    byte[] written = file(new byte[0], "abc".getBytes(UTF_8));
    assertThat(HexFormat.of().formatHex(written)).isEqualTo(BY_TENSORFLOW);
    assertThat(written.length)
        .isEqualTo(TfRecordWriter.size(new byte[0]) + TfRecordWriter.size(new byte[3]));
  }

  @Test
  void recordsComeBackAsTheyWereWritten() throws Exception {
    String large = "x".repeat(100_000);
    assertThat(read(file("a".getBytes(UTF_8), new byte[0], large.getBytes(UTF_8))))
        .containsExactly("a", "", large);
    assertThat(read(new byte[0])).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 11, 12, 14, 18})
  void fileThatEndsWithinARecordIsTruncated(int length) throws Exception {
    byte[] abc = file("abc".getBytes(UTF_8));
    assertLost(Arrays.copyOf(abc, length), "truncated record at 0 (Is this even a TFRecord file?)");
    byte[] two = file("abc".getBytes(UTF_8), "abc".getBytes(UTF_8));
    assertLost(Arrays.copyOf(two, abc.length + length), "truncated record at 19");
  }

  @Test
  void everyChangedByteIsNoticed() throws Exception {
    byte[] file = file("abc".getBytes(UTF_8));
    for (int i = 0; i < file.length; i++) {
      byte[] changed = file.clone();
      changed[i] ^= 0x10;
      assertLost(changed, "corrupted record at 0 (Is this even a TFRecord file?)");
    }
  }

  @Test
  void textIsNoTfRecordFile() {
    assertLost(
        "this is a text file, and not a short one".getBytes(UTF_8),
        "corrupted record at 0 (Is this even a TFRecord file?)");
  }

  @Test
  void lengthThatNoFileHasTakesNoMemory() {
    assertLost(TfRecord.header(1L << 62), "truncated record at 0 (Is this even a TFRecord file?)");
    assertLost(TfRecord.header(-1), "truncated record at 0 (Is this even a TFRecord file?)");
    assertLost(
        TfRecord.header((1L << 31) - 100), "truncated record at 0 (Is this even a TFRecord file?)");
  }
}
