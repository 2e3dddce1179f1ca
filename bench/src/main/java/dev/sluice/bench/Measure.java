package dev.sluice.bench;

/** A kind of figure that a side of a row has in each round. */
enum Measure {
  CPU("server CPU per request", "µs", 1),
  RATE("answers", "/s", 0),
  P50("p50", "µs", 0),
  P99("p99", "µs", 0),
  ROWS("rows", "/s", 0),
  OFFERED("offered", "/s", 0),
  GOODPUT("answers in time", "/s", 0),
  LATE("accepted, but late", "%", 3),
  REFUSED("refused", "/s", 0),
  REFUSED_P99("p99 of refusals", "µs", 0),
  ERRORS("failed", "%", 3),
  FIRST_ANSWER("first answer", "ms", 0),
  FIRST_REQUEST("first request", "ms", 1),
  RSS("resident memory", "MB", 0),
  ANONYMOUS("of which not files", "MB", 0),
  HEAP_USED("heap in use", "MB", 0),
  HEAP_COMMITTED("heap committed", "MB", 0),
  ALLOCATED("allocated per request", "bytes", 0),
  LOOK_UP("time per look-up, all threads together", "ns", 1),
  LOOK_UPS("look-ups", "million/s", 1),
  COMPILING("of the CPU for compiling", "%", 1),
  GENERATOR_CPU("CPU of the load generator per request", "µs", 1);

  private final String title;
  private final String unit;
  private final int decimals;

  Measure(String title, String unit, int decimals) {
    this.title = title;
    this.unit = unit;
    this.decimals = decimals;
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  int decimals() {
    return decimals;
  }
}
