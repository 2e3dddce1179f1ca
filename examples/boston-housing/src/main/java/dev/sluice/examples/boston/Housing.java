package dev.sluice.examples.boston;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The housing data: areas of Boston around 1970, and what a home there cost. {@code DATA.md} says
 * what the columns are, and what is wrong with them.
 *
 * @param features a row of {@link #FEATURES} numbers per area
 * @param prices the median price of a home per area, in thousands of dollars
 */
record Housing(float[][] features, float[] prices) {

  static final int FEATURES = 13;

  /** The row that the tutorial asks about; it is one of the data's, whose price is 23.6. */
  static final List<Float> SAMPLE =
      List.of(
          0.09178f, 0f, 4.05f, 0f, 0.51f, 6.416f, 84.1f, 2.6463f, 5f, 296f, 16.6f, 395.5f, 9.04f);

  private static final String HEADER =
      "CRIM,ZN,INDUS,CHAS,NOX,RM,AGE,DIS,RAD,TAX,PTRATIO,B,LSTAT,MEDV";

  private static final String RESOURCE = "boston_housing.csv";

  /** The data that comes with the trainer. */
  static Housing bundled() {
    try (InputStream in = Objects.requireNonNull(Housing.class.getResourceAsStream(RESOURCE))) {
      return parse(new InputStreamReader(in, StandardCharsets.UTF_8), RESOURCE);
    } catch (IOException failure) {
      throw TrainerException.of("cannot read the trainer's jar", failure);
    }
  }

  static Housing read(Path file) {
    try (Reader reader = Files.newBufferedReader(file)) {
      return parse(reader, file.toString());
    } catch (IOException failure) {
      throw TrainerException.of("cannot read " + file, failure);
    }
  }

  /**
   * Reads the line of names, then lines of 13 features and a price.
   *
   * @param source what to call it in messages
   * @throws TrainerException if a line is not so, or there are too few to train on
   */
  static Housing parse(Reader reader, String source) throws IOException {
    List<float[]> rows = new ArrayList<>();
    BufferedReader lines = new BufferedReader(reader);
    String header = lines.readLine();
    if (!HEADER.equals(header)) {
      throw new TrainerException("%s does not begin with the line %s".formatted(source, HEADER));
    }
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      rows.add(row(line, source + ", line " + (rows.size() + 2)));
    }
    if (rows.size() < 20) {
      throw new TrainerException(
          "%s has %d rows of data, expected at least 20".formatted(source, rows.size()));
    }
    return of(rows);
  }

  private static float[] row(String line, String place) {
    String[] cells = line.split(",", -1);
    if (cells.length != FEATURES + 1) {
      throw new TrainerException(
          "%s has %d values, expected %d".formatted(place, cells.length, FEATURES + 1));
    }
    float[] row = new float[cells.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = number(cells[i], place);
    }
    return row;
  }

  private static float number(String cell, String place) {
    float value;
    try {
      value = Float.parseFloat(cell);
    } catch (NumberFormatException notANumber) {
      value = Float.NaN;
    }
    if (!Float.isFinite(value)) {
      throw new TrainerException("%s has the value '%s', expected a number".formatted(place, cell));
    }
    return value;
  }

  private static Housing of(List<float[]> rows) {
    float[][] features = new float[rows.size()][FEATURES];
    float[] prices = new float[rows.size()];
    for (int i = 0; i < prices.length; i++) {
      System.arraycopy(rows.get(i), 0, features[i], 0, FEATURES);
      prices[i] = rows.get(i)[FEATURES];
    }
    return new Housing(features, prices);
  }

  int size() {
    return prices.length;
  }

  double meanPrice() {
    return IntStream.range(0, size()).mapToDouble(i -> prices[i]).average().orElseThrow();
  }

  /**
   * Root of the mean squared difference between guesses and prices, in thousands of dollars.
   *
   * @param guesses one per area
   */
  double rmse(float[] guesses) {
    double sum = 0;
    for (int i = 0; i < size(); i++) {
      double error = guesses[i] - prices[i];
      sum += error * error;
    }
    return Math.sqrt(sum / size());
  }

  /** The areas with the given positions, in that order. */
  Housing at(List<Integer> positions) {
    float[][] someFeatures = new float[positions.size()][];
    float[] somePrices = new float[positions.size()];
    for (int i = 0; i < somePrices.length; i++) {
      someFeatures[i] = features[positions.get(i)];
      somePrices[i] = prices[positions.get(i)];
    }
    return new Housing(someFeatures, somePrices);
  }

  /** The same areas in an order that the generator draws. */
  Housing shuffled(Random random) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, size()).boxed().toList());
    Collections.shuffle(order, random);
    return at(order);
  }

  /** The areas from one position up to, not including, another. */
  Housing slice(int from, int to) {
    return at(IntStream.range(from, to).boxed().toList());
  }
}
