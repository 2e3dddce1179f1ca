package dev.sluice.examples.boston;

import java.util.ArrayList;
import java.util.List;

/**
 * The average of a network's weights over the last epochs, of which later ones count more. The
 * weights jump about while they are trained; their average predicts better than they do at any
 * moment. Not thread-safe.
 */
final class MovingAverage {

  private final float keep;
  private List<Weights> average = List.of();

  /**
   * @param keep from 0 to 1: how much of the average so far is kept when weights are added
   */
  MovingAverage(float keep) {
    this.keep = keep;
  }

  /** Adds the weights of another epoch; the first ones are the average. */
  List<Weights> with(List<Weights> next) {
    List<Weights> moved = new ArrayList<>();
    for (int i = 0; i < next.size(); i++) {
      Weights now = next.get(i);
      moved.add(average.isEmpty() ? now : between(average.get(i), now));
    }
    average = moved;
    return average;
  }

  private Weights between(Weights before, Weights now) {
    float[] values = new float[now.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = keep * before.values()[i] + (1 - keep) * now.values()[i];
    }
    return new Weights(now.name(), now.shape(), values);
  }
}
