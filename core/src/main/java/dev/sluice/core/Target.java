package dev.sluice.core;

import dev.sluice.status.Status;
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

  /**
   * Says which versions were found and are not aspired to yet, because they are not complete; those
   * named before and not now are aspired to, or gone. Nothing has to be done about it. Follows what
   * {@link #aspire} was told of the same look, if anything.
   *
   * @param held all of the stream's; may be empty
   */
  default void heldBack(String streamName, List<HeldVersion> held) {}

  /**
   * Says that storage could not be looked at, so nothing is known of the stream and what was
   * aspired to stays. Told at each look; nothing has to be done about it.
   */
  default void unreadable(String streamName, Status why) {}
}
