package dev.sluice.bench;

import java.util.List;

/** A row that is being measured: its servers run and are warm. Used by one thread. */
interface Contest extends AutoCloseable {

  /** In the order of the first round; every second round goes backwards. */
  List<Side> sides();

  /** What a reader must know of how it was measured here, in sentences; asked after the rounds. */
  default List<String> notes() {
    return List.of();
  }

  /** Ends what {@link Row#open} has started. */
  @Override
  void close();
}
