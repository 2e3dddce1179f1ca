package dev.sluice.server.record;

import dev.sluice.server.Inference;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import org.jspecify.annotations.Nullable;

/** A predict request whose answer is written as for a client, and that nobody gets. */
abstract class UnsentAnswer implements Inference.Predict {

  private volatile Status outcome = Status.OK;

  /** The bytes of the answer. */
  abstract byte[] encoded(Inference.Answer answer);

  @Override
  public final void answered(Inference.@Nullable Answer answer, Status status) {
    outcome = status;
    if (answer == null) {
      return;
    }
    try {
      var _ = encoded(answer);
    } catch (RuntimeException | Error failure) {
      outcome = Status.of(failure);
    }
  }

  /**
   * Whether it went well; to be called when it was answered.
   *
   * @throws StatusException if it did not
   */
  final void check() {
    if (!outcome.isOk()) {
      throw outcome.toException();
    }
  }
}
