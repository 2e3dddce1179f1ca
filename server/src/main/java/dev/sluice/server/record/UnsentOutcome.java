package dev.sluice.server.record;

import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.function.Supplier;

/** How a request went whose answer is written as for a client, and that nobody gets. */
final class UnsentOutcome {

  private volatile Status status = Status.OK;

  /** It failed. */
  void failed(Status why) {
    status = why;
  }

  /** It was answered, if its answer can be written. */
  void answered(Supplier<byte[]> encoding) {
    try {
      var _ = encoding.get();
    } catch (RuntimeException | Error failure) {
      status = Status.of(failure);
    }
  }

  /**
   * Whether it went well; to be called when it is over.
   *
   * @throws StatusException if it did not
   */
  void check() {
    if (!status.isOk()) {
      throw status.toException();
    }
  }
}
