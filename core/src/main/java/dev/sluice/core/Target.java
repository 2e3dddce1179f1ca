package dev.sluice.core;

import java.util.List;

/**
 * Receives aspired versions.
 *
 * @param <T> what it expects for each version
 */
@FunctionalInterface
public interface Target<T> {

  /**
   * Replaces what was aspired for one stream before; says nothing about any other stream. May be
   * called from any thread.
   *
   * @param streamName the servable's name; items with another name are dropped
   * @param versions every version that shall be loaded; empty unloads all of the stream
   */
  void aspire(String streamName, List<ServableData<T>> versions);
}
