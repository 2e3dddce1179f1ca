package dev.sluice.examples.boston;

/**
 * How inputs are normalised: the mean and the standard deviation of each feature. It becomes part
 * of the model, so that clients send plain numbers.
 *
 * @param mean one per feature
 * @param deviation one per feature, greater than 0
 */
record Scaling(float[] mean, float[] deviation) {

  /** Takes them from the training rows alone: what is tested must not leak into the model. */
  static Scaling of(Housing training) {
    float[] mean = new float[Housing.FEATURES];
    float[] deviation = new float[Housing.FEATURES];
    for (int feature = 0; feature < mean.length; feature++) {
      double sum = 0;
      double squares = 0;
      for (float[] row : training.features()) {
        sum += row[feature];
        squares += (double) row[feature] * row[feature];
      }
      double average = sum / training.size();
      double variance = squares / training.size() - average * average;
      mean[feature] = (float) average;
      // A feature that never changes says nothing; dividing by 1 leaves it at 0.
      deviation[feature] = variance > 1e-12 ? (float) Math.sqrt(variance) : 1;
    }
    return new Scaling(mean, deviation);
  }
}
