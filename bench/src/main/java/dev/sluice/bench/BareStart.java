package dev.sluice.bench;

/** Stands in until the one of the load branch is there. */
final class BareStart {
  private BareStart() {}
}
