package dev.sluice.core;

import dev.sluice.status.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How an {@link AspiredVersionsManager} works. Immutable; start from {@link #defaults()}.
 *
 * @param policy decides what to do next for each stream
 * @param loadThreads how many loads may run at once; 0 is one at a time, after each other with
 *     unloads if those have 0 threads too, and on the caller's thread if driven by hand
 * @param unloadThreads the same for unloads; handles that are out occupy no thread
 * @param maxLoadRetries tries of a load after the first; not negative
 * @param retryInterval pause between tries; none if zero or negative
 * @param manageInterval from the start of one step to the start of the next; if zero or negative
 *     the manager has no thread of its own and is driven by {@link AspiredVersionsManager#tick()}
 * @param retryable whether a failed load is worth another try
 * @param preLoadHook called before a version's first try, on the thread that loads it
 */
public record ManagerOptions(
    VersionPolicy policy,
    int loadThreads,
    int unloadThreads,
    int maxLoadRetries,
    Duration retryInterval,
    Duration manageInterval,
    Predicate<? super Status> retryable,
    Consumer<ServableId> preLoadHook) {

  public ManagerOptions {
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(retryInterval, "retryInterval");
    Objects.requireNonNull(manageInterval, "manageInterval");
    Objects.requireNonNull(retryable, "retryable");
    Objects.requireNonNull(preLoadHook, "preLoadHook");
    requireNotNegative("loadThreads", loadThreads);
    requireNotNegative("unloadThreads", unloadThreads);
    requireNotNegative("maxLoadRetries", maxLoadRetries);
  }

  /**
   * Keeps streams available; one serial worker; 5 retries a minute apart; a step each 100 ms; every
   * failure is retried; no hook.
   */
  public static ManagerOptions defaults() {
    return new ManagerOptions(
        new AvailabilityPreservingPolicy(),
        0,
        0,
        5,
        Duration.ofSeconds(60),
        Duration.ofMillis(100),
        _ -> true,
        _ -> {});
  }

  static void requireNotNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value + ", expected 0 or more");
    }
  }

  /** These options with another policy. */
  public ManagerOptions withPolicy(VersionPolicy policy) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another loadThreads. */
  public ManagerOptions withLoadThreads(int loadThreads) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another unloadThreads. */
  public ManagerOptions withUnloadThreads(int unloadThreads) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another maxLoadRetries. */
  public ManagerOptions withMaxLoadRetries(int maxLoadRetries) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another retryInterval. */
  public ManagerOptions withRetryInterval(Duration retryInterval) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another manageInterval. */
  public ManagerOptions withManageInterval(Duration manageInterval) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another retryable. */
  public ManagerOptions withRetryable(Predicate<? super Status> retryable) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }

  /** These options with another preLoadHook. */
  public ManagerOptions withPreLoadHook(Consumer<ServableId> preLoadHook) {
    return new ManagerOptions(
        policy,
        loadThreads,
        unloadThreads,
        maxLoadRetries,
        retryInterval,
        manageInterval,
        retryable,
        preLoadHook);
  }
}
