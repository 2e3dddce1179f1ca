package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The files of versions are told by the test; looks are ten seconds apart. */
class ContentChangesTest {

  private static final Instant START = Instant.parse("2025-01-01T12:00:00Z");

  private final MonitoredServable servable =
      new MonitoredServable("m", "/models/m", Path.of("/models/m"), new VersionChoice.All());
  private final Map<String, VersionTree> trees = new HashMap<>();
  private final RecordedLog log = RecordedLog.of(ContentChanges.class);
  private long seconds;
  private final ContentChanges changes =
      new ContentChanges(
          directory -> Optional.ofNullable(trees.get(directory.getFileName().toString())),
          () -> new Moment(START.plusSeconds(seconds), seconds * 1_000_000_000));

  @AfterEach
  void close() {
    log.close();
  }

  private void version(String name, long size) {
    version(name, size, null);
  }

  private void version(String name, long size, String unreadable) {
    Instant change = START.plusSeconds(size);
    trees.put(
        name,
        new VersionTree(
            Map.of("saved_model.pb", new VersionTree.Entry(size, change)),
            change,
            change,
            unreadable));
  }

  private void lookAfter(long later, String... listed) {
    seconds += later;
    changes.look(servable, VersionListing.of(servable, Set.of(listed)));
  }

  @Test
  void changeIsToldOnceWhenItIsOver() {
    version("3", 100);
    lookAfter(0, "3");
    lookAfter(10, "3");
    version("3", 101);
    lookAfter(10, "3");
    version("3", 102);
    lookAfter(10, "3");
    assertThat(log.lines()).isEmpty();
    lookAfter(10, "3");
    lookAfter(10, "3");
    assertThat(log.lines())
        .containsExactly(
            "WARNING The files of version 3 of servable m at /models/m/3 have changed since it was"
                + " loaded. It is not loaded again and serves what it had then: give the new files"
                + " a higher number, or take the directory away, wait until the version is"
                + " unloaded, and put it back");
    version("3", 103);
    lookAfter(10, "3");
    lookAfter(10, "3");
    assertThat(log.lines()).hasSize(2);
  }

  @Test
  void versionThatIsBeingDeletedMakesNoNoise() {
    version("3", 100);
    lookAfter(0, "3");
    version("3", 50);
    lookAfter(10, "3");
    trees.remove("3");
    lookAfter(10, "3");
    lookAfter(10);
    version("3", 70);
    lookAfter(10, "3");
    lookAfter(10, "3");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void renamedDirectoryWithTheSameFilesHasNotChanged() {
    version("3", 100);
    lookAfter(0, "3");
    VersionTree before = trees.get("3");
    trees.put("3", new VersionTree(before.entries(), START, START, null));
    lookAfter(10, "3");
    lookAfter(10, "3");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void whatCannotBeReadIsNoChange() {
    version("3", 100);
    lookAfter(0, "3");
    version("3", 7, "no rights");
    lookAfter(10, "3");
    lookAfter(10, "3");
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void versionsAreReadRarelyAndNewOnesAtOnce() {
    version("3", 100);
    lookAfter(0, "3");
    version("3", 101);
    lookAfter(1, "3");
    version("4", 7);
    lookAfter(1, "3", "4");
    version("4", 8);
    lookAfter(8, "3", "4");
    lookAfter(10, "3", "4");
    assertThat(log.lines()).hasSize(2);
  }
}
