package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSystemSourceTest {

  private static final Duration BY_HAND = Duration.ofSeconds(-1);

  @TempDir Path root;

  /** One line per emission: the stream's name, then each child in order. */
  private final List<String> emitted = new ArrayList<>();

  private MonitoredServable servable(String name, VersionChoice choice) {
    return new MonitoredServable(name, "/models/" + name, root.resolve(name), choice);
  }

  private static FileSystemSource.Options exact(MonitoredServable... servables) {
    return new FileSystemSource.Options(BY_HAND, List.of(servables), false, false);
  }

  private static FileSystemSource.Options isolated(MonitoredServable... servables) {
    return new FileSystemSource.Options(BY_HAND, List.of(servables), false, true);
  }

  private FileSystemSource connected(FileSystemSource.Options options) {
    FileSystemSource source = new FileSystemSource(options);
    source.connect(this::receive);
    return source;
  }

  private void receive(String name, List<ServableData<Path>> versions) {
    StringBuilder line = new StringBuilder(name);
    for (ServableData<Path> version : versions) {
      assertThat(version.id().name()).isEqualTo(name);
      assertThat(version.payload().getParent()).isEqualTo(root.resolve(name));
      assertThat(VersionListing.version(version.payload().getFileName().toString()))
          .hasValue(version.id().version());
      line.append(' ').append(version.payload().getFileName());
    }
    emitted.add(line.toString());
  }

  private void children(String name, String... children) {
    try {
      for (String child : children) {
        Files.createDirectories(root.resolve(name).resolve(child));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void move(String from, String to) {
    try {
      Files.move(root.resolve(from), root.resolve(to));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void delete(String path) {
    try {
      Files.delete(root.resolve(path));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private List<String> poll(VersionChoice choice) {
    emitted.clear();
    try (FileSystemSource source = connected(exact(servable("m", choice)))) {
      source.poll();
    }
    return emitted;
  }

  private static VersionChoice specific(Long... versions) {
    return new VersionChoice.Specific(Arrays.asList(versions));
  }

  @Test
  void directoryWithoutVersionsEmptiesTheStream() { // FS-1
    children("m", "non_numerical_child");
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      assertThat(poll(VersionChoice.LATEST)).containsExactly("m");
      assertThat(log.lines())
          .containsExactly(
              "WARNING No versions of servable m found under base path /models/m. Did you forget"
                  + " to name your leaf directory as a number (eg. '/1/')? It holds"
                  + " non_numerical_child");
    }
  }

  @Test
  void missingBasePathGivesUpTheWholePoll() { // FS-2, FS-20
    children("a", "1");
    FileSystemSource source =
        connected(exact(servable("a", VersionChoice.LATEST), servable("m", VersionChoice.LATEST)));
    StatusException failure = catchThrowableOfType(StatusException.class, source::poll);
    assertThat(failure.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
    assertThat(failure)
        .hasMessage(
            "Could not find base path /models/m for servable m with error"
                + " NOT_FOUND: /models/m not found. Make the directory or correct the path; it is"
                + " looked for again at each poll");
    assertThat(emitted).isEmpty();
  }

  @Test
  void basePathThatAppearsLaterIsSeen() { // FS-3
    FileSystemSource source = connected(exact(servable("m", VersionChoice.LATEST)));
    assertThatThrownBy(source::poll).isInstanceOf(StatusException.class);
    children("m", "3");
    source.poll();
    assertThat(emitted).containsExactly("m 3");
  }

  @Test
  void latestIsTheHighestNumber() { // FS-4, FS-10, FS-15
    children("m", "17", "42", "9", "non_numerical_child");
    assertThat(poll(VersionChoice.LATEST)).containsExactly("m 42");
    assertThat(poll(new VersionChoice.Latest(0))).containsExactly("m 42");
    children("m", "20170111173521");
    assertThat(poll(VersionChoice.LATEST)).containsExactly("m 20170111173521");
  }

  @Test
  void allAreHandedOnInOrderOfTheirNames() { // FS-5
    children("m", "42", "17", "100", "non_numerical_child");
    assertThat(poll(new VersionChoice.All())).containsExactly("m 100 17 42");
  }

  @Test
  void latestSeveralAreDescending() { // FS-6
    children("m", "42", "33", "30", "21", "17");
    assertThat(poll(new VersionChoice.Latest(3))).containsExactly("m 42 33 30");
    assertThat(poll(new VersionChoice.Latest(9))).containsExactly("m 42 33 30 21 17");
  }

  @Test
  void specificVersionsAreServedAsAskedFor() { // FS-7, FS-9
    children("m", "42", "33", "30", "21", "17");
    assertThat(poll(specific(17L, 30L))).containsExactly("m 17 30");
    assertThat(poll(specific(30L, 17L))).containsExactly("m 30 17");
    assertThat(poll(specific())).containsExactly("m");
  }

  @Test
  void specificVersionIsFoundUnderAPaddedName() { // FS-8
    children("m", "42", "30", "00017");
    assertThat(poll(specific(30L, 17L))).containsExactly("m 00017 30");
  }

  @Test
  void missingSpecificVersionIsWarnedAboutAndTheRestServed() {
    children("m", "1");
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      assertThat(poll(specific(2L, 1L))).containsExactly("m 1");
      assertThat(log.lines()).singleElement().asString().contains("Version 2 of servable m");
    }
  }

  @Test
  void everyServableIsHandedOnOnce() { // FS-11
    children("a", "1");
    children("b", "2");
    children("c", "none");
    connected(
            exact(
                servable("a", VersionChoice.LATEST),
                servable("b", VersionChoice.LATEST),
                servable("c", VersionChoice.LATEST)))
        .poll();
    assertThat(emitted).containsExactly("a 1", "b 2", "c");
  }

  @Test
  void updateEmptiesWhatIsGoneAtOnceAndNothingElse() { // FS-12
    List.of("s0", "s1", "s2").forEach(name -> children(name, "1"));
    MonitoredServable kept = servable("s1", VersionChoice.LATEST);
    FileSystemSource source = connected(exact(servable("s0", VersionChoice.LATEST), kept));
    source.poll();
    emitted.clear();
    source.update(exact(kept, servable("s2", VersionChoice.LATEST)));
    assertThat(emitted).containsExactly("s0");
    source.poll();
    assertThat(emitted).containsExactly("s0", "s1 1", "s2 1");
  }

  @Test
  void updatedChoiceActsAtTheNextPoll() { // FS-13
    children("m", "1", "02", "3", "5", "8", "13");
    FileSystemSource source = connected(exact(servable("m", new VersionChoice.Latest(2))));
    source.poll();
    source.update(exact(servable("m", specific(2L, 5L))));
    source.poll();
    assertThat(emitted).containsExactly("m 13 8", "m 02 5");
  }

  @Test
  void changeOfTheIntervalIsRefused() { // FS-14
    children("m", "1");
    FileSystemSource source = connected(exact(servable("m", VersionChoice.LATEST)));
    assertThatThrownBy(() ->
            source.update(
                new FileSystemSource.Options(Duration.ofSeconds(5), List.of(), false, false)))
        .isInstanceOf(StatusException.class)
        .hasMessage("Changing file_system_poll_wait_seconds is not supported");
    source.poll();
    assertThat(emitted).containsExactly("m 1");
  }

  @Test
  void renamedAndDeletedVersionsAreGone() { // FS-16
    children("m", "1", "2", "3", "5", "8");
    FileSystemSource source = connected(exact(servable("m", new VersionChoice.All())));
    source.poll();
    move("m/2", "m/2.denied");
    move("m/5", "m/5.denied");
    delete("m/8");
    source.poll();
    assertThat(emitted).containsExactly("m 1 2 3 5 8", "m 1 3");
  }

  @Test
  void lastNameOfANumberWins() { // FS-17
    children("m", "0001", "001", "00001");
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      assertThat(poll(VersionChoice.LATEST)).containsExactly("m 001");
      assertThat(log.lines())
          .contains(
              "WARNING Duplicate version directories detected. Version 1 will be loaded from 001,"
                  + " 0001 will be ignored.");
    }
    assertThat(poll(new VersionChoice.All())).containsExactly("m 00001 0001 001");
  }

  @Test
  void lastVersionGoneUnloadsUnlessAlwaysPresent() { // FS-18
    children("m", "1");
    MonitoredServable m = servable("m", VersionChoice.LATEST);
    FileSystemSource plain = connected(exact(m));
    FileSystemSource present =
        connected(new FileSystemSource.Options(BY_HAND, List.of(m), true, false));
    delete("m/1");
    plain.poll();
    assertThat(emitted).containsExactly("m");
    emitted.clear();
    present.poll();
    assertThat(emitted).isEmpty();
  }

  @Test
  void alwaysPresentServableMustBeThereAtTheStart() { // FS-2
    children("m", "none");
    assertThatThrownBy(() ->
            new FileSystemSource(
                new FileSystemSource.Options(
                    BY_HAND, List.of(servable("m", VersionChoice.LATEST)), true, true)))
        .hasMessage("Unable to find a numerical version path for servable m at: /models/m");
  }

  @Test
  void intervalZeroPollsOnceOnConnecting() { // FS-19
    children("m", "3");
    FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(
                Duration.ZERO, List.of(servable("m", VersionChoice.LATEST)), false, true));
    source.poll();
    assertThat(emitted).isEmpty();
    source.connect(this::receive);
    assertThat(emitted).containsExactly("m 3");
    assertThatThrownBy(() -> source.connect(this::receive))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void positiveIntervalPollsAgainAndAgain() {
    children("m", "3");
    CountDownLatch third = new CountDownLatch(3);
    FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(
                Duration.ofMillis(1), List.of(servable("m", VersionChoice.LATEST)), false, true));
    source.connect((_, _) -> third.countDown());
    Waiting.on(third);
    source.close();
    source.close();
  }

  @Test
  void onlyWholeNumbersThatFitAreVersions() { // FS-21
    assertThat(
            Stream.of(
                "v1",
                "1.0",
                "1_tmp",
                "1.denied",
                "temp-123",
                "0x1",
                "",
                " ",
                "+",
                "1 2",
                "9223372036854775808",
                "-1",
                "-9223372036854775809",
                "\u0661"))
        .allMatch(name -> VersionListing.version(name).isEmpty());
    assertThat(VersionListing.version("9223372036854775807")).hasValue(Long.MAX_VALUE);
    assertThat(VersionListing.version(" +5\t")).hasValue(5);
    assertThat(VersionListing.version("-0")).hasValue(0);
    assertThat(VersionListing.version("00017")).hasValue(17);
  }

  @Test
  void plainFileIsAVersionLikeAnyOther() throws IOException {
    children("m", "1");
    Files.createFile(root.resolve("m/3"));
    assertThat(poll(VersionChoice.LATEST)).containsExactly("m 3");
  }

  @Test
  void unreadableDirectoryConcernsOnlyItsServableIfIsolated() throws IOException {
    children("a", "1");
    Files.createFile(root.resolve("file"));
    MonitoredServable file = servable("file", VersionChoice.LATEST);
    MonitoredServable missing = servable("missing", VersionChoice.LATEST);
    MonitoredServable good = servable("a", VersionChoice.LATEST);
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      FileSystemSource source = connected(isolated(missing, file, good));
      source.poll();
      source.poll();
      assertThat(emitted).containsExactly("a 1", "a 1");
      assertThat(log.lines()).hasSize(2).allMatch(line -> line.startsWith("WARNING Could not "));
      assertThat(log.lines().get(0)).contains("find base path /models/missing");
      assertThat(log.lines().get(1)).contains("list base path /models/file");

      children("missing", "2");
      source.poll();
      source.poll();
      assertThat(emitted).endsWith("missing 2", "a 1", "missing 2", "a 1");
      assertThat(log.lines())
          .hasSize(3)
          .last()
          .isEqualTo("INFO Servable missing is back to normal at /models/missing");
    }
  }

  @Test
  void pollDoesNotReviveWhatAnUpdateRemoved() {
    children("a", "1");
    children("b", "1");
    MonitoredServable a = servable("a", VersionChoice.LATEST);
    MonitoredServable b = servable("b", VersionChoice.LATEST);
    FileSystemSource source = new FileSystemSource(exact(a, b));
    // The update arrives in the middle of the poll, after both directories were read.
    source.connect((name, versions) -> {
      receive(name, versions);
      if (name.equals("a") && emitted.size() == 1) {
        source.update(exact(a));
      }
    });
    source.poll();
    assertThat(emitted).containsExactly("a 1", "b");
  }

  @Test
  void closedSourceHandsNothingOn() {
    children("m", "1");
    FileSystemSource source = connected(exact(servable("m", VersionChoice.LATEST)));
    source.close();
    source.poll();
    assertThat(emitted).isEmpty();
  }

  @Test
  void nameListedTwiceIsRefused() {
    MonitoredServable m = servable("m", VersionChoice.LATEST);
    assertThatThrownBy(() -> exact(m, m)).hasMessageContaining("servable m is listed twice");
  }
}
