package dev.sluice.bench;

import dev.sluice.status.StatusException;
import dev.sluice.testkit.LargeModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A model of 200 MB of which a new version comes whenever one is wanted: the same files under a
 * higher number, by a rename, while the server watches. Used by one thread.
 */
final class ArrivingVersions {

  static final String NAME = "large";

  private static final int BYTES = 200_000_000;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int MILLIS_BETWEEN = 2;

  private final Path basePath;
  private final HttpClient http = HttpClient.newHttpClient();
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
    await(server, "LOADING");
    long start = System.nanoTime();
    await(server, "AVAILABLE");
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Waits until the newest version is in a state, or available.
   *
   * @throws StatusException UNAVAILABLE if that takes more than a minute
   */
  void await(Server server, String state) throws IOException, InterruptedException {
    await(server, version, List.of(state, "AVAILABLE"));
  }

  /** Waits in the same way until the version is unloaded that the newest one has replaced. */
  void awaitEndOfPredecessor(Server server) throws IOException, InterruptedException {
    await(server, version - 1, List.of("END"));
  }

  private void await(Server server, int which, List<String> states)
      throws IOException, InterruptedException {
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/v1/models/%s/versions/%d"
                .formatted(server.restPort(), NAME, which));
    long end = System.nanoTime() + LIMIT.toNanos();
    String said = "";
    while (System.nanoTime() < end) {
      said =
          http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      if (states.stream().anyMatch(said::contains)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN);
    }
    throw StatusException.unavailable(
        "version %d is not %s: %s", which, String.join(" or ", states), said);
  }
}
