package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A source that holds back what is not complete. The names are those of real directories; what lies
 * in them, the time and what is missing are told by the test. Quiet is 1 s and patience 10 s.
 */
class ArrivalsTest {

  private static final Instant START = Instant.parse("2025-01-01T12:00:00Z");

  @TempDir Path root;

  /** One line per call: what was aspired to, or {@code held} with what was held back. */
  private final List<String> told = new ArrayList<>();

  private final Map<String, VersionTree> trees = new HashMap<>();
  private final Map<String, String> missing = new HashMap<>();
  private final List<String> walked = new ArrayList<>();
  private long millis;

  private FileSystemSource source(VersionChoice choice) {
    FileSystemSource source =
        new FileSystemSource(options(Duration.ofSeconds(-1), choice), arrivals());
    source.connect(target());
    return source;
  }

  private FileSystemSource.Options options(Duration interval, VersionChoice choice) {
    return new FileSystemSource.Options(
        interval, List.of(new MonitoredServable("m", "/models/m", root, choice)), false, true);
  }

  private Arrivals arrivals() {
    return new Arrivals(
        new Completeness(
            directory -> Optional.ofNullable(missing.get(name(directory))),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10)),
        this::walk,
        () -> new Moment(START.plusMillis(millis), millis * 1_000_000));
  }

  private static String name(Path directory) {
    return directory.getFileName().toString();
  }

  private Optional<VersionTree> walk(Path directory) {
    walked.add(name(directory));
    return Optional.ofNullable(trees.get(name(directory)));
  }

  private Target<Path> target() {
    return new Target<>() {
      @Override
      public void aspire(String name, List<ServableData<Path>> versions) {
        told.add(
            versions.stream()
                .map(version -> name(version.payload()))
                .collect(Collectors.joining(" ", "aspired ", "")));
      }

      @Override
      public void heldBack(String name, List<HeldVersion> held) {
        if (!held.isEmpty()) {
          told.add(
              held.stream()
                  .map(version -> version.id().version() + (version.overdue() ? " overdue" : ""))
                  .collect(Collectors.joining(" ", "held ", "")));
        }
      }
    };
  }

  /** A version whose files last changed that many seconds from the start. */
  private void version(String name, double changed) {
    version(name, changed, changed);
  }

  private void version(String name, double appeared, double changed) {
    try {
      Files.createDirectories(root.resolve(name));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Instant change = second(changed);
    trees.put(
        name,
        new VersionTree(
            Map.of("f", new VersionTree.Entry(1, change)), second(appeared), change, null));
  }

  private static Instant second(double seconds) {
    return START.plusMillis((long) (seconds * 1000));
  }

  private void remove(String name) {
    try {
      Files.delete(root.resolve(name));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    trees.remove(name);
  }

  private List<String> pollAt(FileSystemSource source, double seconds) {
    millis = (long) (seconds * 1000);
    told.clear();
    walked.clear();
    source.poll();
    return told;
  }

  @Test
  void versionThatIsBeingCopiedIsLeftOutUntilItIsQuiet() {
    version("1", -100);
    version("2", 0);
    FileSystemSource source = source(VersionChoice.LATEST);
    assertThat(pollAt(source, 0.2)).containsExactly("aspired 1", "held 2");
    version("2", 0.9);
    assertThat(pollAt(source, 1.2)).containsExactly("aspired 1", "held 2");
    assertThat(pollAt(source, 2.2)).containsExactly("aspired 2");
  }

  @Test
  void finishedVersionThatIsRenamedIntoItsPlaceIsHandedOnAtOnce() {
    version("1", -100);
    FileSystemSource source = source(VersionChoice.LATEST);
    pollAt(source, 1);
    version("2", 1.5, -50);
    assertThat(pollAt(source, 2)).containsExactly("aspired 2");
  }

  @Test
  void latestAreChosenAmongThoseThatAreReady() {
    version("1", -100);
    version("2", -100);
    version("3", 0);
    version("4", -100);
    assertThat(pollAt(source(new VersionChoice.Latest(2)), 0.2))
        .containsExactly("aspired 4 2", "held 3");
    assertThat(walked).containsExactly("4", "3", "2");
  }

  @Test
  void allAreHandedOnButForThoseThatAreNotReady() {
    version("1", -100);
    version("2", 0);
    version("3", -100);
    assertThat(pollAt(source(new VersionChoice.All()), 0.2))
        .containsExactly("aspired 1 3", "held 2");
  }

  @Test
  void specificVersionThatIsHeldBackIsNotCalledMissing() {
    version("1", -100);
    version("2", 0);
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      assertThat(pollAt(source(new VersionChoice.Specific(List.of(2L, 1L))), 0.2))
          .containsExactly("aspired 1", "held 2");
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void nothingIsHandedOnWhereNothingIsReady() {
    version("1", 0);
    FileSystemSource source = source(VersionChoice.LATEST);
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      assertThat(pollAt(source, 0.2)).containsExactly("held 1");
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void whatServesGoesOnUntilItsSuccessorIsReady() {
    version("1", -100);
    FileSystemSource source = source(VersionChoice.LATEST);
    pollAt(source, 0);
    remove("1");
    version("2", 0.5);
    assertThat(pollAt(source, 1)).containsExactly("held 2");
    assertThat(pollAt(source, 2)).containsExactly("aspired 2");
  }

  @Test
  void listedVersionStaysWhateverHappensToItsFilesAndIsNotReadAgain() {
    version("1", -100);
    FileSystemSource source = source(VersionChoice.LATEST);
    pollAt(source, 0);
    version("1", 0.9);
    missing.put("1", "all of it");
    assertThat(pollAt(source, 1)).containsExactly("aspired 1");
    assertThat(walked).isEmpty();
  }

  @Test
  void versionBehindTheChosenOneIsNotRead() {
    version("1", 0);
    version("2", -100);
    assertThat(pollAt(source(VersionChoice.LATEST), 0.2)).containsExactly("aspired 2");
    assertThat(walked).containsExactly("2");
  }

  /** {@code rm -r 3 2}: when 3 has gone, 2 is half gone, and is no version to fall back on. */
  @Test
  void versionThatIsBeingDeletedIsNotFallenBackOn() {
    version("2", -100);
    FileSystemSource source = source(VersionChoice.LATEST);
    assertThat(pollAt(source, 0)).containsExactly("aspired 2");
    version("3", 0.5, -50);
    assertThat(pollAt(source, 1)).containsExactly("aspired 3");
    remove("3");
    version("2", -100, 1.9);
    missing.put("2", "half of it");
    assertThat(pollAt(source, 2)).containsExactly("held 2");
    remove("2");
    assertThat(pollAt(source, 3)).containsExactly("aspired ");
  }

  @Test
  void olderVersionIsFallenBackOnAtOnceWhenItIsWhole() {
    version("2", -100);
    version("3", -50);
    FileSystemSource source = source(VersionChoice.LATEST);
    assertThat(pollAt(source, 0)).containsExactly("aspired 3");
    remove("3");
    assertThat(pollAt(source, 1)).containsExactly("aspired 2");
  }

  @Test
  void versionThatVanishesDuringTheLookIsNotThere() throws IOException {
    Files.createDirectory(root.resolve("7"));
    version("1", -100);
    assertThat(pollAt(source(VersionChoice.LATEST), 0)).containsExactly("aspired 1");
  }

  @Test
  void incompleteVersionIsHeldBackWithOneLineAndAnotherWhenItIsComplete() {
    version("3", 0);
    missing.put("3", "weights has 1024 bytes, 13452 needed");
    FileSystemSource source = source(VersionChoice.LATEST);
    try (RecordedLog log = RecordedLog.of(Arrivals.class)) {
      assertThat(pollAt(source, 0.5)).containsExactly("held 3");
      assertThat(log.lines()).isEmpty();
      pollAt(source, 2);
      pollAt(source, 3);
      assertThat(log.lines())
          .containsExactly(
              "INFO Version 3 of servable m at /models/m/3 is not loaded yet:"
                  + " weights has 1024 bytes, 13452 needed");
      missing.clear();
      version("3", 3.5);
      assertThat(pollAt(source, 4)).containsExactly("held 3");
      assertThat(pollAt(source, 5)).containsExactly("aspired 3");
      assertThat(log.lines())
          .hasSize(2)
          .last()
          .isEqualTo(
              "INFO Version 3 of servable m at /models/m/3 is complete now and will be loaded");
    }
  }

  @Test
  void versionThatComesWithoutMuchAdoIsNotTalkedOf() {
    version("3", 0);
    FileSystemSource source = source(VersionChoice.LATEST);
    try (RecordedLog log = RecordedLog.of(Arrivals.class)) {
      assertThat(pollAt(source, 0.5)).containsExactly("held 3");
      assertThat(pollAt(source, 1)).containsExactly("aspired 3");
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void incompleteVersionIsHandedOnWhenPatienceIsOver() {
    version("3", 0);
    missing.put("3", "weights is missing");
    FileSystemSource source = source(VersionChoice.LATEST);
    try (RecordedLog log = RecordedLog.of(Arrivals.class)) {
      assertThat(pollAt(source, 9.9)).containsExactly("held 3");
      assertThat(pollAt(source, 10)).containsExactly("aspired 3");
      assertThat(pollAt(source, 11)).containsExactly("aspired 3");
      assertThat(log.lines())
          .hasSize(2)
          .last()
          .isEqualTo(
              "WARNING Version 3 of servable m at /models/m/3 is loaded although it is not"
                  + " complete, since nothing in it has changed for 10 s: weights is missing");
    }
  }

  @Test
  void oldIncompleteVersionIsHandedOnAtTheFirstLook() {
    version("3", -100);
    missing.put("3", "weights is missing");
    assertThat(pollAt(source(VersionChoice.LATEST), 0)).containsExactly("aspired 3");
  }

  @Test
  void copyThatTakesLongerThanThePatienceIsOverdueAndStillHeldBack() {
    FileSystemSource source = source(VersionChoice.LATEST);
    for (int second = 0; second <= 10; second++) {
      version("1", second);
      assertThat(pollAt(source, second + 0.1)).containsExactly("held 1");
    }
    version("1", 11);
    assertThat(pollAt(source, 11.1)).containsExactly("held 1 overdue");
  }

  @Test
  void timesBeforeTheLastLookAreNotTrustedInWhatAppearedAfterIt() {
    version("1", -100);
    FileSystemSource source = source(VersionChoice.LATEST);
    pollAt(source, 1);
    // The file server's clock is a minute behind.
    version("2", -58.5, -58.5);
    missing.put("2", "most of it");
    assertThat(pollAt(source, 2)).containsExactly("aspired 1", "held 2");
    version("2", -58.5, -55.1);
    missing.clear();
    assertThat(pollAt(source, 5)).containsExactly("aspired 1", "held 2");
    assertThat(pollAt(source, 6)).containsExactly("aspired 2");
  }

  @Test
  void nothingIsHeldBackAnyMoreOfABasePathThatHasGone() throws IOException {
    List<String> held = new ArrayList<>();
    Path base = Files.createDirectory(root.resolve("base"));
    Files.createDirectory(base.resolve("1"));
    version("1", 0);
    MonitoredServable servable =
        new MonitoredServable("m", "/models/m", base, VersionChoice.LATEST);
    FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(Duration.ofSeconds(-1), List.of(servable), false, true),
            arrivals());
    source.connect(
        new Target<>() {
          @Override
          public void aspire(String name, List<ServableData<Path>> versions) {
            held.add("aspired " + versions.size());
          }

          @Override
          public void heldBack(String name, List<HeldVersion> versions) {
            held.add("held " + versions.size());
          }
        });
    pollAt(source, 0.5);
    Files.delete(base.resolve("1"));
    Files.delete(base);
    pollAt(source, 1);
    assertThat(held).containsExactly("held 1", "held 0");
  }

  @Test
  void failureOfTheContentCheckKeepsNothingBack() {
    version("1", -100);
    Arrivals arrivals =
        new Arrivals(
            new Completeness(
                _ -> {
                  throw new IllegalStateException("flaw");
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10)),
            this::walk,
            Moment::now);
    FileSystemSource source =
        new FileSystemSource(options(Duration.ofSeconds(-1), VersionChoice.LATEST), arrivals);
    source.connect(target());
    assertThat(pollAt(source, 0)).containsExactly("aspired 1");
  }

  @Test
  void contentThatCannotBeReadIsMissing() {
    version("1", 0);
    Arrivals arrivals =
        new Arrivals(
            new Completeness(
                directory -> {
                  throw new java.nio.file.AccessDeniedException(directory.toString());
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10)),
            this::walk,
            () -> new Moment(START.plusMillis(millis), millis * 1_000_000));
    FileSystemSource source =
        new FileSystemSource(options(Duration.ofSeconds(-1), VersionChoice.LATEST), arrivals);
    source.connect(target());
    try (RecordedLog log = RecordedLog.of(Arrivals.class)) {
      assertThat(pollAt(source, 2)).containsExactly("held 1");
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains(root.resolve("1") + "; Permission denied. The server runs as ");
    }
  }

  @Test
  void onlyPollThereIsTakesVersionsAsTheyAre() {
    version("1", 0);
    missing.put("1", "all of it");
    FileSystemSource source =
        new FileSystemSource(options(Duration.ZERO, VersionChoice.LATEST), arrivals());
    source.connect(target());
    assertThat(told).containsExactly("aspired 1");
  }

  @Test
  void lookAtWhatIsHeldBackComesBeforeTheNextPoll() throws IOException {
    Files.createDirectories(root.resolve("1"));
    CountDownLatch aspired = new CountDownLatch(1);
    FileSystemSource source =
        new FileSystemSource(
            options(Duration.ofHours(1), VersionChoice.LATEST),
            new Completeness(ContentCheck.UNKNOWN, Duration.ofMillis(200), Duration.ofSeconds(10)));
    try (source) {
      source.connect((_, _) -> aspired.countDown());
      Waiting.on(aspired);
    }
  }

  private FileSystemSource marked(Duration interval) {
    Completeness rules = Completeness.marked("_SUCCESS", Duration.ofSeconds(10));
    return new FileSystemSource(
        options(interval, VersionChoice.LATEST),
        new Arrivals(
            rules, this::walk, () -> new Moment(START.plusMillis(millis), millis * 1_000_000)));
  }

  private void mark(String name) {
    try {
      Files.createFile(root.resolve(name).resolve("_SUCCESS"));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void versionCountsFromItsMarkerOnHoweverLongThatTakes() {
    version("1", -100);
    mark("1");
    version("2", -50);
    FileSystemSource source = marked(Duration.ofSeconds(-1));
    source.connect(target());
    try (RecordedLog log = RecordedLog.of(Arrivals.class)) {
      assertThat(pollAt(source, 0)).containsExactly("aspired 1", "held 2");
      assertThat(pollAt(source, 1000)).containsExactly("aspired 1", "held 2 overdue");
      assertThat(log.lines())
          .containsExactly(
              "INFO Version 2 of servable m at /models/m/2 is not loaded yet: it has no file"
                  + " _SUCCESS yet, which would say that it is complete");
    }
    mark("2");
    version("2", 1000.5); // the marker is new, and nothing more is waited for
    assertThat(pollAt(source, 1000.6)).containsExactly("aspired 2");
  }

  @Test
  void versionThatLostItsMarkerServesOn() throws IOException {
    version("1", -100);
    mark("1");
    FileSystemSource source = marked(Duration.ofSeconds(-1));
    source.connect(target());
    pollAt(source, 0);
    Files.delete(root.resolve("1/_SUCCESS"));
    assertThat(pollAt(source, 1)).containsExactly("aspired 1");
  }

  @Test
  void onlyLookTakesTheBestVersionWithAMarker() {
    version("1", -100);
    mark("1");
    version("2", -100);
    marked(Duration.ZERO).connect(target());
    assertThat(told).containsExactly("aspired 1", "held 2 overdue");
  }
}
