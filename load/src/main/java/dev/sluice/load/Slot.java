package dev.sluice.load;

/** A place for one request at a time on a connection. Belongs to the load's thread. */
class Slot {

  final LoadConnection connection;

  /** True from the moment at which the request is sent until it is known what became of it. */
  boolean busy;

  /** Whether the request counts, or is one of the warm-up. */
  boolean measured;

  /** When the request was due, as {@link System#nanoTime} counts. */
  long due;

  /** Which request of the plan it is. */
  int request;

  Slot(LoadConnection connection) {
    this.connection = connection;
  }
}
