package dev.sluice.load;

/**
 * What became of the requests that were due in the measured time. Immutable.
 *
 * <p>{@code sent = right + wrong + refused + timedOut + broken}: each request is in one of them.
 *
 * @param sent requests that were sent
 * @param right answers with the expected status and bytes
 * @param wrong answers with the expected status and other bytes
 * @param refused answers with another status
 * @param timedOut no answer within the time-out
 * @param broken no answer since the connection ended, or was not understood
 * @param unsent requests that were due and were not sent, since no stream was free within the
 *     time-out; only in an open loop
 */
public record LoadCounts(
    long sent, long right, long wrong, long refused, long timedOut, long broken, long unsent) {

  static final LoadCounts NONE = new LoadCounts(0, 0, 0, 0, 0, 0, 0);

  /** All that was due and is not right. */
  public long failed() {
    return sent - right + unsent;
  }

  LoadCounts plus(LoadCounts other) {
    return new LoadCounts(
        sent + other.sent,
        right + other.right,
        wrong + other.wrong,
        refused + other.refused,
        timedOut + other.timedOut,
        broken + other.broken,
        unsent + other.unsent);
  }
}
