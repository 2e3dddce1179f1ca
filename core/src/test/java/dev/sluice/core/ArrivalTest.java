package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.Arrival.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Quiet is 1 s and patience 10 s in all of these. */
class ArrivalTest {

  private static final Instant NOW = Instant.parse("2025-01-01T12:00:00Z");
  private static final Completeness RULES =
      new Completeness(ContentCheck.UNKNOWN, Duration.ofSeconds(1), Duration.ofSeconds(10));
  private static final Optional<String> WHOLE = Optional.empty();
  private static final Optional<String> PARTIAL = Optional.of("weights is missing");

  private static Moment at(double seconds) {
    long nanos = (long) (seconds * 1e9);
    return new Moment(NOW.plusNanos(nanos), nanos);
  }

  /** A tree whose newest change was that long ago at {@link #at} 0. */
  private static VersionTree changed(double secondsAgo) {
    Instant change = NOW.minusNanos((long) (secondsAgo * 1e9));
    return new VersionTree(Map.of("f", new VersionTree.Entry(1, change)), change, change, null);
  }

  private static Arrival arrival(double secondsAgo) {
    return Arrival.first(changed(secondsAgo), at(0), true);
  }

  private static Verdict waiting(String why, double seconds) {
    return new Verdict.Wait(why, Duration.ofNanos((long) (seconds * 1e9)));
  }

  @Test
  void quietAndWholeVersionIsCompleteAtTheFirstLook() {
    assertThat(arrival(1).decide(RULES, at(0), WHOLE)).isEqualTo(new Verdict.Complete());
  }

  @Test
  void freshVersionWaitsForTheRestOfItsQuietPeriod() {
    Arrival fresh = arrival(0.25);
    assertThat(fresh.decide(RULES, at(0), WHOLE))
        .isEqualTo(waiting("its files are still changing", 0.75));
    assertThat(fresh.decide(RULES, at(0.75), WHOLE)).isEqualTo(new Verdict.Complete());
  }

  @Test
  void changeBeginsTheQuietPeriodAgain() {
    Arrival later = arrival(0).seen(changed(-2), at(2.5));
    assertThat(later.decide(RULES, at(2.5), WHOLE)).isInstanceOf(Verdict.Wait.class);
    assertThat(later.seen(changed(-2), at(3)).decide(RULES, at(3), WHOLE))
        .isEqualTo(new Verdict.Complete());
  }

  @Test
  void quietVersionThatLacksSomethingWaitsForItsPatience() {
    assertThat(arrival(4).decide(RULES, at(0), PARTIAL))
        .isEqualTo(waiting("weights is missing", 6));
    assertThat(arrival(4).decide(RULES, at(6), PARTIAL))
        .isEqualTo(new Verdict.GivenUp("weights is missing", Duration.ofSeconds(10)));
  }

  @Test
  void oldVersionThatLacksSomethingIsGivenUpAtTheFirstLook() {
    assertThat(arrival(3600).decide(RULES, at(0), PARTIAL))
        .isEqualTo(new Verdict.GivenUp("weights is missing", Duration.ofHours(1)));
  }

  @Test
  void timesInTheFutureAreOverruledByOurOwnClock() {
    Arrival ahead = arrival(-3600);
    assertThat(ahead.decide(RULES, at(0), WHOLE))
        .isEqualTo(waiting("its files are still changing", 1));
    assertThat(ahead.seen(changed(-3600), at(1)).decide(RULES, at(1), WHOLE))
        .isEqualTo(new Verdict.Complete());
  }

  @Test
  void timesThatAreNotTrustedCountForNothing() {
    Arrival behind = Arrival.first(changed(3600), at(0), false);
    assertThat(behind.decide(RULES, at(0.5), WHOLE))
        .isEqualTo(waiting("its files are still changing", 0.5));
    assertThat(behind.decide(RULES, at(1), WHOLE)).isEqualTo(new Verdict.Complete());
    assertThat(behind.decide(RULES, at(1), PARTIAL)).isInstanceOf(Verdict.Wait.class);
  }

  @Test
  void unreadableVersionWaitsAndIsThenGivenUp() {
    VersionTree closed = new VersionTree(Map.of(), NOW, NOW, "no permission");
    Arrival arrival = Arrival.first(closed, at(0), true);
    assertThat(arrival.isWorthReading(RULES, at(5))).isFalse();
    assertThat(arrival.decide(RULES, at(5), WHOLE)).isEqualTo(waiting("no permission", 5));
    assertThat(arrival.decide(RULES, at(10), WHOLE)).isInstanceOf(Verdict.GivenUp.class);
  }

  @Test
  void contentIsReadWhenNothingChangesOrItTakesLong() {
    assertThat(arrival(0).isWorthReading(RULES, at(0.9))).isFalse();
    assertThat(arrival(0.1).isWorthReading(RULES, at(0.9))).isTrue();
    assertThat(arrival(0).seen(changed(-1.5), at(1.6)).isWorthReading(RULES, at(1.6))).isTrue();
  }

  @Test
  void patienceShorterThanTheQuietPeriodIsTheQuietPeriod() {
    Completeness hasty =
        new Completeness(ContentCheck.UNKNOWN, Duration.ofSeconds(1), Duration.ZERO);
    assertThat(arrival(0.5).decide(hasty, at(0), PARTIAL)).isInstanceOf(Verdict.Wait.class);
    assertThat(arrival(1).decide(hasty, at(0), PARTIAL)).isInstanceOf(Verdict.GivenUp.class);
  }

  @Test
  void overdueCountsFromTheFirstLookAndWhateverChanges() {
    Arrival slow = arrival(0).seen(changed(-9), at(9)).seen(changed(-10), at(10.5));
    assertThat(slow.isOverdue(RULES, at(9.9))).isFalse();
    assertThat(slow.isOverdue(RULES, at(10.5))).isTrue();
  }
}
