package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A source whose directories are told by the test, and some of which do not answer. */
class HangingDirectoryTest {

  private static final Duration PATIENCE = Duration.ofMillis(100);

  private final ConcurrentHashMap<String, Set<String>> children = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, CountDownLatch> dead = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, AtomicInteger> looks = new ConcurrentHashMap<>();
  private final List<String> emitted = new ArrayList<>();

  @AfterEach
  void answer() {
    dead.values().forEach(CountDownLatch::countDown);
  }

  private static MonitoredServable servable(String name, String base) {
    return new MonitoredServable(name, base, Path.of(base), VersionChoice.LATEST);
  }

  private static MonitoredServable servable(String name) {
    return servable(name, "/models/" + name);
  }

  private Set<String> list(MonitoredServable servable) {
    String base = servable.basePath();
    looks.computeIfAbsent(base, _ -> new AtomicInteger()).incrementAndGet();
    CountDownLatch hang = dead.get(base);
    if (hang != null) {
      Waiting.on(hang);
    }
    Set<String> found = children.get(base);
    if (found == null) {
      throw StatusException.invalidArgument("no %s", base);
    }
    return found;
  }

  private FileSystemSource source(boolean isolated, MonitoredServable... servables) {
    FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(
                Duration.ofSeconds(-1), List.of(servables), false, isolated),
            looks());
    source.connect((name, versions) ->
        emitted.add(
            name
                + versions.stream()
                    .map(version -> " " + version.payload())
                    .collect(Collectors.joining())));
    return source;
  }

  private BaseLooks looks() {
    return new BaseLooks(
        this::list,
        null,
        () -> new ContentChanges(_ -> java.util.Optional.empty(), Moment::now),
        PATIENCE);
  }

  /** A machine under load may take any look for one that hangs; then the next poll has it. */
  private void pollUntil(FileSystemSource source, String line) {
    emitted.clear();
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!emitted.contains(line)) {
      assertThat(System.nanoTime()).as("%s in %s", line, emitted).isLessThan(deadline);
      source.poll();
    }
  }

  @Test
  void directoryThatHangsHoldsNobodyUp() {
    children.put("/models/a", Set.of("1"));
    children.put("/models/c", Set.of("3"));
    dead.put("/models/b", new CountDownLatch(1));
    FileSystemSource source = source(true, servable("a"), servable("b"), servable("c"));
    try (RecordedLog log = RecordedLog.of(FileSystemSource.class)) {
      pollUntil(source, "c /models/c/3");
      pollUntil(source, "a /models/a/1");
      assertThat(emitted).noneMatch(line -> line.startsWith("b"));
      assertThat(log.lines())
          .filteredOn(line -> line.contains("/models/b"))
          .containsExactly(
              "WARNING Base path /models/b of servable b does not answer. It is left out until it"
                  + " does: what is loaded from it serves on, and other base paths are looked at"
                  + " as always");
      assertThat(looks.get("/models/b")).hasValue(1);
    }
  }

  @Test
  void directoryThatAnswersAgainIsFollowedAgain() {
    dead.put("/models/b", new CountDownLatch(1));
    FileSystemSource source = source(true, servable("b"));
    source.poll();
    source.poll();
    assertThat(emitted).isEmpty();
    children.put("/models/b", Set.of("7"));
    dead.get("/models/b").countDown();
    pollUntil(source, "b /models/b/7");
    children.put("/models/b", Set.of("8"));
    pollUntil(source, "b /models/b/8");
  }

  @Test
  void directoryThatAnswersAfterTheOnlyPollIsServedAllTheSame() throws InterruptedException {
    children.put("/models/b", Set.of("7"));
    dead.put("/models/b", new CountDownLatch(1));
    BlockingQueue<ServableId> aspired = new LinkedBlockingQueue<>();
    try (FileSystemSource source =
        new FileSystemSource(
            new FileSystemSource.Options(Duration.ZERO, List.of(servable("b")), false, true),
            looks())) {
      source.connect((_, versions) -> versions.forEach(version -> aspired.add(version.id())));
      source.poll();
      assertThat(aspired).isEmpty();
      dead.get("/models/b").countDown();
      assertThat(aspired.poll(60, TimeUnit.SECONDS)).isEqualTo(new ServableId("b", 7));
    }
    assertThat(looks.get("/models/b")).hasValue(1);
  }

  @Test
  void servableThatMovesAwayFromADeadDirectoryIsServed() {
    dead.put("/dead", new CountDownLatch(1));
    children.put("/alive", Set.of("2"));
    FileSystemSource source = source(true, servable("m", "/dead"));
    source.poll();
    source.update(
        new FileSystemSource.Options(
            Duration.ofSeconds(-1), List.of(servable("m", "/alive")), false, true));
    pollUntil(source, "m /alive/2");
    children.put("/dead", Set.of("1"));
    dead.get("/dead").countDown();
    pollUntil(source, "m /alive/2");
    assertThat(emitted).containsOnly("m /alive/2");
  }

  @Test
  void unreadableDirectoryEmitsNothing() {
    children.put("/models/a", Set.of("1"));
    FileSystemSource source = source(true, servable("gone"), servable("a"));
    pollUntil(source, "a /models/a/1");
    assertThat(emitted).containsOnly("a /models/a/1");
  }

  @Test
  void withoutIsolationThePollWaits() {
    children.put("/models/a", Set.of("1"));
    dead.put("/models/a", new CountDownLatch(1));
    FileSystemSource source = source(false, servable("a"));
    Thread polling = Waiting.start(source::poll);
    while (looks.get("/models/a") == null) {
      Thread.onSpinWait();
    }
    assertThat(emitted).isEmpty();
    dead.get("/models/a").countDown();
    Waiting.on(polling);
    assertThat(emitted).containsExactly("a /models/a/1");
  }
}
