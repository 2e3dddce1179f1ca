package dev.sluice.core;

/**
 * Watches some storage and says which versions it aspires to have loaded.
 *
 * @param <T> what it hands on for each version
 */
public interface Source<T> {

  /**
   * Sets the receiver; called at most once. Nothing is emitted before.
   *
   * @throws IllegalStateException if there is a receiver already
   */
  void connect(Target<T> target);
}
