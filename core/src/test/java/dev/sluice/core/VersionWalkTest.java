package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the operating system's files. Times are compared with each other, never with now. */
class VersionWalkTest {

  @TempDir Path root;

  private Path version() throws IOException {
    Path version = Files.createDirectories(root.resolve("1/sub")).getParent();
    Files.writeString(version.resolve("sub/file"), "four");
    return version;
  }

  private static VersionTree read(Path directory) {
    return VersionWalk.read(directory).orElseThrow();
  }

  @Test
  void everythingBelowIsNotedWithItsSize() throws IOException {
    VersionTree tree = read(version());
    assertThat(tree.entries()).containsOnlyKeys("sub", "sub/file");
    assertThat(tree.entries().get("sub/file").size()).isEqualTo(4);
    assertThat(tree.unreadable()).isNull();
    assertThat(read(root.resolve("1"))).isEqualTo(tree);
  }

  @Test
  void nothingOfTheNameIsNothing() {
    assertThat(VersionWalk.read(root.resolve("1"))).isEmpty();
  }

  @Test
  void renameChangesWhenItAppearedAndNothingElse() throws IOException {
    VersionTree before = read(version());
    Path moved = Files.move(root.resolve("1"), root.resolve("2"));
    VersionTree after = read(moved);
    assertThat(after.entries()).isEqualTo(before.entries());
    assertThat(after.newestChange()).isEqualTo(before.newestChange());
    assertThat(after.appeared()).isAfterOrEqualTo(before.appeared());
  }

  /** As copies do that keep times: the change time is of now all the same. */
  @Test
  void oldModificationTimesHideNoChange() throws IOException {
    Path version = version();
    FileTime old = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(version.resolve("sub/file"), old);
    Files.setLastModifiedTime(version.resolve("sub"), old);
    Files.setLastModifiedTime(version, old);
    assertThat(read(version).newestChange()).isAfter(Instant.EPOCH.plus(Duration.ofDays(1)));
  }

  @Test
  void fileThatGoesFromTheTopIsAChange() throws IOException {
    Path version = version();
    Files.writeString(version.resolve("top"), "");
    VersionTree before = read(version);
    Files.setLastModifiedTime(version, FileTime.from(before.newestChange().plusSeconds(60)));
    VersionTree touched = read(version);
    assertThat(touched.newestChange()).isEqualTo(before.newestChange().plusSeconds(60));
    Files.delete(version.resolve("top"));
    VersionTree after = read(version);
    assertThat(after).isNotEqualTo(touched);
    assertThat(after.newestChange()).isNotEqualTo(touched.newestChange());
  }

  @Test
  void linksAreFollowed() throws IOException {
    Path version = version();
    Path link = Files.createSymbolicLink(root.resolve("2"), version);
    assertThat(read(link).entries()).isEqualTo(read(version).entries());
    assertThat(read(link).newestChange()).isEqualTo(read(version).newestChange());
  }

  @Test
  void linksInACircleHaveAnEnd() throws IOException {
    Path version = version();
    Files.createSymbolicLink(version.resolve("sub/up"), version);
    assertThat(read(version).entries()).isNotEmpty();
  }

  @Test
  void linkToNowhereIsNotReadable() throws IOException {
    Path link = Files.createSymbolicLink(root.resolve("2"), root.resolve("nowhere"));
    assertThat(read(link).unreadable()).startsWith(link + " not found");
  }

  @Test
  void plainFileIsItsOwnOnlyEntry() throws IOException {
    Path file = Files.writeString(root.resolve("3"), "12345");
    assertThat(read(file).entries().values())
        .singleElement()
        .extracting(VersionTree.Entry::size)
        .isEqualTo(5L);
  }
}
