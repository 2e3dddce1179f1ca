package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stops of a server that is being asked over both protocols: no client that goes elsewhere when it
 * is told to loses a request.
 */
class DrainUnderLoadTest {

  /** For a short run of the long test. */
  private static final String ROUNDS = "sluice.drain.rounds";

  /** Longer than a stop may take by its flag: whoever hangs for so long does so for good. */
  private static final Duration HANG = Duration.ofMinutes(2);

  private static String config;

  @BeforeAll
  static void copyModels(@TempDir Path models) throws Exception {
    Models.copyTo(models, Models.COUNTER);
    Models.copyTo(models, Models.SLOW);
    config = TestServer.modelConfig(models, "counter", "slow");
  }

  @Test
  void noRequestIsLostInThreeStops() throws Exception {
    rounds(3);
  }

  @Test
  @Tag("stress")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void noRequestIsLostInAHundredStops() throws Exception {
    rounds(Integer.getInteger(ROUNDS, 100));
  }

  private static void rounds(int count) throws Exception {
    int answers = 0;
    int unheard = 0;
    for (int round = 0; round < count; round++) {
      try (TestServer server = TestServer.start(config, "--drain_timeout_seconds=60");
          DrainClients clients = new DrainClients(server.server())) {
        clients.awaitAnswers(200 + 10 * round % 100);
        boolean clean = stop(server.server());
        clients.awaitEnd(HANG);
        assertThat(clients.failures()).as("round %d", round).isEmpty();
        assertThat(clean).as("round %d", round).isTrue();
        assertThat(clients.runs()).as("round %d", round).isEqualTo(upTo(clients.runs().size()));
        answers += clients.answers();
        unheard += clients.unheard();
      }
    }
    System.out.printf(
        "Drain under load: %d stops, %d requests answered, none lost; %d connections came too"
            + " late%n",
        count, answers, unheard);
  }

  private static boolean stop(ModelServer server) throws InterruptedException {
    AtomicBoolean clean = new AtomicBoolean();
    Thread stop = Thread.ofPlatform().daemon().start(() -> clean.set(server.stop()));
    Stacks.join(stop, HANG);
    return clean.get();
  }

  /** What the model's runs are numbered when the answer of none was lost. */
  private static List<Long> upTo(int runs) {
    return LongStream.rangeClosed(1, runs).boxed().toList();
  }
}
