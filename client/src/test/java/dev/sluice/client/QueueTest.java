package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call that is given up while it waits in the server never runs. */
class QueueTest {

  @Test
  void cancelledCallInTheQueueIsNeverRun(@TempDir Path folder) throws Exception {
    // A row waits for three others for ten minutes, so what is cancelled is surely waiting.
    Path batching =
        Files.writeString(
            folder.resolve("batching.config"),
            "max_batch_size { value: 4 } batch_timeout_micros { value: 600000000 }"
                + " num_batch_threads { value: 1 } max_enqueued_batches { value: 10 }");
    try (LocalServer server =
            LocalServer.start(
                folder,
                LocalServer.models(folder, Models.COUNTER),
                "--enable_batching=true",
                "--batching_parameters_file=" + batching);
        SluiceClient client = SluiceClient.of(server.target())) {
      RemoteModel counter = client.model(Models.COUNTER);
      assertThat(counter.status()).hasSize(1); // connected: what is sent now is sent in order
      CompletableFuture<Prediction> waiting =
          counter.predictAsync(Map.of("x", Tensor.of(new float[] {1})));
      assertThat(counter.status()).hasSize(1); // answered in order: the server has the other
      assertThat(waiting.isDone()).isFalse();

      waiting.cancel(true);
      Prediction next = counter.predict(Map.of("x", Tensor.of(new float[4])));
      assertThat(next.output("run").toLongs()).containsExactly(1, 1, 1, 1);
      CompletableFuture<Prediction> patient =
          counter.predictAsync(Map.of("x", Tensor.of(new float[] {1})));
      Prediction last = counter.predict(Map.of("x", Tensor.of(new float[4])));
      assertThat(patient.join().output("run").toLongs()).containsExactly(2);
      assertThat(last.output("run").toLongs()).containsExactly(3, 3, 3, 3);
      assertThatThrownBy(waiting::join).isInstanceOf(CancellationException.class);
    }
  }
}
