package dev.sluice.client;

import dev.sluice.status.StatusCode;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The blocking form of an asynchronous call. */
final class Waiting {

  private Waiting() {}

  /**
   * What the call gives.
   *
   * @throws SluiceException if it fails, CANCELLED if the thread is interrupted, which cancels it,
   *     or if the client is closed meanwhile
   */
  static <A> A on(CompletableFuture<A> call, String model) {
    try {
      return call.get();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof SluiceException known
          ? known.rethrown()
          : new IllegalStateException(failed.getCause());
    } catch (CancellationException closed) {
      throw cancelled(model, "the client was closed", closed);
    } catch (InterruptedException interrupt) {
      var _ = call.cancel(false);
      Thread.currentThread().interrupt();
      throw cancelled(model, "interrupted", interrupt);
    }
  }

  private static SluiceException cancelled(String model, String text, Exception cause) {
    return new SluiceException(
        new SluiceException.Failure(StatusCode.CANCELLED, text, model, true), cause);
  }
}
