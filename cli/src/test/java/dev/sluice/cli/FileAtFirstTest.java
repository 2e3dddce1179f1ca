package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileAtFirstTest {

  @TempDir private Path folder;

  @Test
  void whatIsWrittenLaterIsNotRead() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), "before");
    try (InputStream in = FileAtFirst.open(file)) {
      Files.writeString(file, " and after", StandardOpenOption.APPEND);
      assertThat(in.read()).isEqualTo('b');
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("efore");
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void fileThatBecomesShorterEndsEarlier() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), "before");
    try (InputStream in = FileAtFirst.open(file)) {
      Files.writeString(file, "be");
      assertThat(in.readAllBytes()).hasSize(2);
    }
  }
}
