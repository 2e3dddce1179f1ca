package dev.sluice.core;

import dev.sluice.status.Status;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How an {@link AspiredVersionsManager} works. Start from {@link #defaults()}; each {@code with}
 * method returns other options and leaves these as they are. Safe for use by many threads.
 */
public final class ManagerOptions {

  /** A memory budget that everything fits into, and for whose sake no loader is asked. */
  public static final long NO_BUDGET = Long.MAX_VALUE;

  // Written by the method that makes the object, before anybody else sees it.
  private VersionPolicy policy = new AvailabilityPreservingPolicy();
  private Comparator<? super VersionAction> actionOrder = Comparator.naturalOrder();
  private int loadThreads;
  private int unloadThreads;
  private int maxLoadRetries = 5;
  private Duration retryInterval = Duration.ofSeconds(60);
  private Duration manageInterval = Duration.ofMillis(100);
  private long memoryBudget = NO_BUDGET;
  private boolean reloadFailed;
  private Predicate<? super Status> retryable = _ -> true;
  private Consumer<ServableId> preLoadHook = _ -> {};
  private Runnable cacheFlush = () -> {};

  private ManagerOptions() {}

  private ManagerOptions(ManagerOptions other) {
    policy = other.policy;
    actionOrder = other.actionOrder;
    loadThreads = other.loadThreads;
    unloadThreads = other.unloadThreads;
    maxLoadRetries = other.maxLoadRetries;
    retryInterval = other.retryInterval;
    manageInterval = other.manageInterval;
    memoryBudget = other.memoryBudget;
    reloadFailed = other.reloadFailed;
    retryable = other.retryable;
    preLoadHook = other.preLoadHook;
    cacheFlush = other.cacheFlush;
  }

  /**
   * Keeps streams available; one serial worker; 5 retries a minute apart; a step each 100 ms; no
   * memory budget; every failure is retried, and none again afterwards; no hooks.
   */
  public static ManagerOptions defaults() {
    return new ManagerOptions();
  }

  /** Decides what to do next for each stream. */
  public VersionPolicy policy() {
    return policy;
  }

  /** Of the actions that are proposed for all streams, the smallest is taken. */
  public Comparator<? super VersionAction> actionOrder() {
    return actionOrder;
  }

  /**
   * How many loads may run at once; 0 is one at a time, after each other with unloads if those have
   * 0 threads too, and on the caller's thread if driven by hand.
   */
  public int loadThreads() {
    return loadThreads;
  }

  /** The same for unloads; handles that are out occupy no thread. */
  public int unloadThreads() {
    return unloadThreads;
  }

  /** Tries of a load after the first; not negative. */
  public int maxLoadRetries() {
    return maxLoadRetries;
  }

  /** Pause between tries; none if zero or negative. */
  public Duration retryInterval() {
    return retryInterval;
  }

  /**
   * From the start of one step to the start of the next; if zero or negative the manager has no
   * thread of its own and is driven by {@link AspiredVersionsManager#tick()}.
   */
  public Duration manageInterval() {
    return manageInterval;
  }

  /**
   * Most bytes that all that is loaded, being loaded or being unloaded may take by its loaders'
   * estimates; {@link #NO_BUDGET} for no limit.
   */
  public long memoryBudget() {
    return memoryBudget;
  }

  /** Whether a version that failed is loaded anew when the source names it again. */
  public boolean reloadFailed() {
    return reloadFailed;
  }

  /** Whether a failed load is worth another try. */
  public Predicate<? super Status> retryable() {
    return retryable;
  }

  /** Called before a version's first try, on the thread that loads it. */
  public Consumer<ServableId> preLoadHook() {
    return preLoadHook;
  }

  /**
   * Called after each load, whatever came of it, where at most one runs at a time: so no load loses
   * what another has just read.
   */
  public Runnable cacheFlush() {
    return cacheFlush;
  }

  static void requireNotNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value + ", expected 0 or more");
    }
  }

  /** These options with another {@link #policy()}. */
  public ManagerOptions withPolicy(VersionPolicy policy) {
    ManagerOptions next = new ManagerOptions(this);
    next.policy = Objects.requireNonNull(policy, "policy");
    return next;
  }

  /** These options with another {@link #actionOrder()}. */
  public ManagerOptions withActionOrder(Comparator<? super VersionAction> actionOrder) {
    ManagerOptions next = new ManagerOptions(this);
    next.actionOrder = Objects.requireNonNull(actionOrder, "actionOrder");
    return next;
  }

  /** These options with other {@link #loadThreads()}. */
  public ManagerOptions withLoadThreads(int loadThreads) {
    requireNotNegative("loadThreads", loadThreads);
    ManagerOptions next = new ManagerOptions(this);
    next.loadThreads = loadThreads;
    return next;
  }

  /** These options with other {@link #unloadThreads()}. */
  public ManagerOptions withUnloadThreads(int unloadThreads) {
    requireNotNegative("unloadThreads", unloadThreads);
    ManagerOptions next = new ManagerOptions(this);
    next.unloadThreads = unloadThreads;
    return next;
  }

  /** These options with other {@link #maxLoadRetries()}. */
  public ManagerOptions withMaxLoadRetries(int maxLoadRetries) {
    requireNotNegative("maxLoadRetries", maxLoadRetries);
    ManagerOptions next = new ManagerOptions(this);
    next.maxLoadRetries = maxLoadRetries;
    return next;
  }

  /** These options with another {@link #retryInterval()}. */
  public ManagerOptions withRetryInterval(Duration retryInterval) {
    ManagerOptions next = new ManagerOptions(this);
    next.retryInterval = Objects.requireNonNull(retryInterval, "retryInterval");
    return next;
  }

  /** These options with another {@link #manageInterval()}. */
  public ManagerOptions withManageInterval(Duration manageInterval) {
    ManagerOptions next = new ManagerOptions(this);
    next.manageInterval = Objects.requireNonNull(manageInterval, "manageInterval");
    return next;
  }

  /** These options with another {@link #memoryBudget()}. */
  public ManagerOptions withMemoryBudget(long bytes) {
    requireNotNegative("memoryBudget", bytes);
    ManagerOptions next = new ManagerOptions(this);
    next.memoryBudget = bytes;
    return next;
  }

  /** These options with another {@link #reloadFailed()}. */
  public ManagerOptions withReloadFailed(boolean reloadFailed) {
    ManagerOptions next = new ManagerOptions(this);
    next.reloadFailed = reloadFailed;
    return next;
  }

  /** These options with another {@link #retryable()}. */
  public ManagerOptions withRetryable(Predicate<? super Status> retryable) {
    ManagerOptions next = new ManagerOptions(this);
    next.retryable = Objects.requireNonNull(retryable, "retryable");
    return next;
  }

  /** These options with another {@link #preLoadHook()}. */
  public ManagerOptions withPreLoadHook(Consumer<ServableId> preLoadHook) {
    ManagerOptions next = new ManagerOptions(this);
    next.preLoadHook = Objects.requireNonNull(preLoadHook, "preLoadHook");
    return next;
  }

  /** These options with another {@link #cacheFlush()}. */
  public ManagerOptions withCacheFlush(Runnable cacheFlush) {
    ManagerOptions next = new ManagerOptions(this);
    next.cacheFlush = Objects.requireNonNull(cacheFlush, "cacheFlush");
    return next;
  }
}
