package dev.sluice.bench;

import java.util.List;

/**
 * Latency over rate of one server, for the picture.
 *
 * @param name of the series
 * @param points by rising rate
 */
record Curve(String name, List<Point> points) {

  Curve {
    points = List.copyOf(points);
  }

  /**
   * One load that was offered.
   *
   * @param rate answers per second
   * @param p50 microseconds
   * @param p99 microseconds
   */
  record Point(double rate, double p50, double p99) {}
}
