package dev.sluice.server.record;

import dev.sluice.server.Inference;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import org.jspecify.annotations.Nullable;

/** A predict request whose answer is written as for a client, and that nobody gets. */
abstract class UnsentAnswer implements Inference.Predict {

  private final UnsentOutcome outcome = new UnsentOutcome();

  @Override
  public final Protocol protocol() {
    return Protocol.GRPC; // which nobody asks, as it is not counted
  }

  @Override
  public final long begunNanos() {
    return 0;
  }

  /** The bytes of the answer. */
  abstract byte[] encoded(Inference.Answer answer);

  @Override
  public final void answered(Inference.@Nullable Answer answer, Status status) {
    if (answer == null) {
      outcome.failed(status);
    } else {
      outcome.answered(() -> encoded(answer));
    }
  }

  /**
   * Whether it went well; to be called when it was answered.
   *
   * @throws StatusException if it did not
   */
  final void check() {
    outcome.check();
  }
}
