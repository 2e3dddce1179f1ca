package dev.sluice.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What one thread of a load counts. Belongs to that thread until the load is over. */
final class Tally {

  private static final long LONGEST = 3_600_000_000_000L;
  private static final int DIGITS = 3;
  private static final int STATUSES = 1000;
  private static final int WORDS = 300;

  long sent;
  private long right;
  private long wrong;
  private long refused;
  private long timedOut;
  private long broken;
  private long unsent;

  /** Of all requests, those of the warm-up too. */
  long rightEver;

  long bytesSent;
  long bytesReceived;

  private final LoadCheck check;
  private final long[] byStatus = new long[STATUSES];
  private final Histogram latency = new Histogram(LONGEST, DIGITS);
  private final Histogram refusals = new Histogram(LONGEST, DIGITS);
  private final Histogram lateness = new Histogram(LONGEST, DIGITS);
  private @Nullable String firstFailure;

  Tally(LoadCheck check) {
    this.check = check;
  }

  /**
   * Counts an answer that came in time.
   *
   * @param bytes what it says, where that is known
   * @param nanos its latency
   */
  void judge(Slot slot, int status, @Nullable ByteBuffer bytes, long nanos) {
    boolean expected = status == check.status();
    boolean isRight = expected && looksRight(slot.request, bytes);
    rightEver += isRight ? 1 : 0;
    if (!isRight && firstFailure == null) {
      failure(words(status, bytes));
    }
    if (slot.measured) {
      byStatus[Math.clamp(status, 0, STATUSES - 1)]++;
      if (isRight) {
        right++;
        record(latency, nanos);
      } else if (expected) {
        wrong++;
      } else {
        refused++;
        record(refusals, nanos);
      }
    }
  }

  private boolean looksRight(int request, @Nullable ByteBuffer bytes) {
    LoadCheck.Bytes look = check.bytes();
    return look == null || (bytes != null && look.right(request, bytes));
  }

  private static String words(int status, @Nullable ByteBuffer bytes) {
    if (bytes == null) {
      return "status " + status;
    }
    ByteBuffer start = bytes.duplicate().rewind();
    start.limit(Math.min(start.limit(), WORDS));
    return "status " + status + ": " + StandardCharsets.UTF_8.decode(start);
  }

  void timedOut(Slot slot, Duration timeout) {
    timedOut += slot.measured ? 1 : 0;
    failure("no answer within " + timeout.toMillis() + " ms");
  }

  void broken(Slot slot, String why) {
    broken += slot.measured ? 1 : 0;
    failure(why);
  }

  void notSent() {
    unsent++;
    failure("no stream was free within the time-out");
  }

  void late(long nanos) {
    record(lateness, nanos);
  }

  void failure(String words) {
    if (firstFailure == null) {
      firstFailure = words;
    }
  }

  LoadCounts counts() {
    return new LoadCounts(sent, right, wrong, refused, timedOut, broken, unsent);
  }

  /** The sum of the threads' tallies. */
  static LoadResult sum(List<Tally> tallies, LoadCost cost) {
    Tally all = new Tally(tallies.getFirst().check);
    LoadCounts counts = LoadCounts.NONE;
    for (Tally tally : tallies) {
      counts = counts.plus(tally.counts());
      all.add(tally);
    }
    return new LoadResult(
        counts, all.statuses(), all.latency, all.refusals, all.lateness, cost, all.firstFailure);
  }

  private void add(Tally other) {
    latency.add(other.latency);
    refusals.add(other.refusals);
    lateness.add(other.lateness);
    for (int status = 0; status < STATUSES; status++) {
      byStatus[status] += other.byStatus[status];
    }
    if (other.firstFailure != null) {
      failure(other.firstFailure);
    }
  }

  private SortedMap<Integer, Long> statuses() {
    SortedMap<Integer, Long> map = new TreeMap<>();
    for (int status = 0; status < STATUSES; status++) {
      if (byStatus[status] > 0) {
        map.put(status, byStatus[status]);
      }
    }
    return map;
  }

  private static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.clamp(nanos, 0, LONGEST));
  }
}
