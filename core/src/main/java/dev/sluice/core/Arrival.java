package dev.sluice.core;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A version that was found and not handed on yet: what its directory looks like and since when.
 * Immutable; what is decided about it is a pure function of this, the clock and what the content
 * check said.
 *
 * <p><b>How long nothing has changed</b> is measured in two ways, and the longer one counts. The
 * files' own times say it at the first look, so that a finished version which is renamed into its
 * place is taken at once. They are worth nothing if the file server's clock is not ours. So we also
 * measure by our own clock for how long we have seen the same. A clock that is ahead of ours makes
 * the first way too careful, and the second settles it. One that is behind would make it rash: that
 * is noticed where the version appears while we watch, because its directory then seems to have
 * appeared before we last looked; and then only the second way counts.
 *
 * @param tree what it looked like when last looked at
 * @param firstSeen when it was first looked at
 * @param sameSince when it was first seen to look like this
 * @param timesTrusted whether the files' times can be compared with our clock
 */
record Arrival(VersionTree tree, Moment firstSeen, Moment sameSince, boolean timesTrusted) {

  /** What to do with it. */
  sealed interface Verdict {

    /** Hand it on: all is there. */
    record Complete() implements Verdict {}

    /**
     * Hand it on although something is missing: for its load to fail and say why.
     *
     * @param missing what
     * @param unchanged for how long nothing has changed
     */
    record GivenUp(String missing, Duration unchanged) implements Verdict {}

    /**
     * Not yet.
     *
     * @param why for the log
     * @param lookAgain after how long the verdict would be another if nothing changed until then;
     *     null if it would not
     */
    record Wait(String why, @Nullable Duration lookAgain) implements Verdict {}
  }

  /** One that is looked at for the first time. */
  static Arrival first(VersionTree tree, Moment now, boolean timesTrusted) {
    return new Arrival(tree, now, now, timesTrusted);
  }

  /** The same one after another look. */
  Arrival seen(VersionTree next, Moment now) {
    return next.equals(tree) ? this : new Arrival(next, firstSeen, now, timesTrusted);
  }

  /** For how long nothing has changed. */
  Duration unchanged(Moment now) {
    Duration seen = now.since(sameSince);
    if (!timesTrusted) {
      return seen;
    }
    Duration told = Duration.between(tree.newestChange(), now.wall());
    return told.compareTo(seen) > 0 ? told : seen;
  }

  /**
   * Whether the content is worth a look: nothing changes any more, or it has lasted so long that
   * somebody wants to know what is missing.
   */
  boolean isWorthReading(Completeness rules, Moment now) {
    return tree.unreadable() == null
        && (unchanged(now).compareTo(rules.quiet()) >= 0
            || now.since(firstSeen).compareTo(rules.quiet()) >= 0);
  }

  /**
   * Decides.
   *
   * @param missing what the content check said; empty as well if it was not asked
   */
  Verdict decide(Completeness rules, Moment now, Optional<String> missing) {
    Duration unchanged = unchanged(now);
    Optional<String> reason = Optional.ofNullable(tree.unreadable()).or(() -> missing);
    if (unchanged.compareTo(rules.quiet()) < 0) {
      return new Verdict.Wait(
          reason.orElse("its files are still changing"), rules.quiet().minus(unchanged));
    }
    if (reason.isEmpty()) {
      return new Verdict.Complete();
    }
    if (rules.insists()) {
      return new Verdict.Wait(reason.get(), null);
    }
    return unchanged.compareTo(rules.patience()) < 0
        ? new Verdict.Wait(reason.get(), rules.patience().minus(unchanged))
        : new Verdict.GivenUp(reason.get(), unchanged);
  }

  /** Whether it has been held back for longer than the patience. */
  boolean isOverdue(Completeness rules, Moment now) {
    return now.since(firstSeen).compareTo(rules.patience()) > 0;
  }
}
