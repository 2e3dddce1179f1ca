package dev.sluice.bench;

import dev.sluice.status.StatusException;
import dev.sluice.testkit.LargeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A model of 200 MB of which a new version comes whenever one is wanted: the same files under a
 * higher number, by a rename, while the server watches. Used by one thread.
 */
final class ArrivingVersions {

  static final String NAME = "large";

  private static final int BYTES = 200_000_000;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Path basePath;
  private int version = 1;

  private ArrivingVersions(Path basePath) {
    this.basePath = basePath;
  }

  /** The first version, made afresh. */
  static ArrivingVersions in(Workshop workshop) throws IOException {
    Path basePath = workshop.models().resolve(NAME);
    if (Files.exists(basePath)) {
      try (Stream<Path> files = Files.walk(basePath)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    LargeModel.write(basePath.resolve("1"), BYTES);
    return new ArrivingVersions(basePath);
  }

  Path basePath() {
    return basePath;
  }

  /** Gives the files the next number. They are on disk already, and nothing is copied. */
  void arrive() throws IOException {
    int next = version + 1;
    Files.move(
        basePath.resolve(Integer.toString(version)), basePath.resolve(Integer.toString(next)));
    version = next;
  }

  /** Lets a version come and waits until it serves; the seconds that the load took. */
  double load(Server server) throws IOException, InterruptedException {
    arrive();
    awaitLoading(server);
    long start = System.nanoTime();
    awaitAvailable(server);
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Waits until the load of the newest version has begun.
   *
   * <p>What a server prints tells when. To ask it again and again would be requests for the server
   * to answer, and work for the compiler of this JVM while latencies are measured.
   *
   * @throws StatusException UNAVAILABLE if that takes more than a minute, or the server ended
   */
  void awaitLoading(Server server) throws IOException, InterruptedException {
    await(server, "Loading", version);
  }

  /** Waits in the same way until the newest version serves. */
  void awaitAvailable(Server server) throws IOException, InterruptedException {
    await(server, "Successfully loaded", version);
  }

  /** Waits in the same way until the version is unloaded that the newest one has replaced. */
  void awaitEndOfPredecessor(Server server) throws IOException, InterruptedException {
    await(server, "Done unloading", version - 1);
  }

  private static void await(Server server, String what, int which)
      throws IOException, InterruptedException {
    server
        .process()
        .awaitPrinted(
            "%s servable version {name: %s version: %d}".formatted(what, NAME, which), LIMIT);
  }
}
