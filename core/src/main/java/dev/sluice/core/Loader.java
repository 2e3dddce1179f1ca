package dev.sluice.core;

/**
 * Knows how to estimate, load and unload one servable version. A manager calls it from one thread
 * at a time, each call seeing the effects of those before.
 */
public interface Loader {

  /**
   * The memory the servable takes, in bytes: an upper bound at any time, before and after loading,
   * that never grows over the life of the loader. Not negative.
   */
  long estimateBytes();

  /**
   * Makes the servable. Heavy and blocking. Called until it returns normally once, so a failed call
   * must leave nothing behind and may be repeated; never called after {@link #unload()}.
   *
   * <p>Any throwable is a failed attempt; a {@link dev.sluice.status.StatusException} keeps its
   * code, anything else is reported as INTERNAL.
   *
   * @param id the version being loaded
   */
  void load(ServableId id);

  /** Gives the servable up. Called exactly once after a load that succeeded, and only then. */
  void unload();

  /** The loaded object. Valid from a successful load to the unload; the same object each time. */
  Object servable();
}
