package dev.sluice.core;

/**
 * What a {@link VersionPolicy} sees of one managed version.
 *
 * @param id the version
 * @param state where it was when the snapshot was taken
 * @param aspired whether the source still wants it
 */
public record VersionSnapshot(ServableId id, HarnessState state, boolean aspired) {

  boolean isReady() {
    return state == HarnessState.READY;
  }
}
