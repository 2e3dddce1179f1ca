package dev.sluice.cli;

import dev.sluice.proto.serving.Class;
import dev.sluice.proto.serving.ClassificationResult;
import dev.sluice.proto.serving.Classifications;
import dev.sluice.proto.serving.InferenceResult;
import dev.sluice.proto.serving.MultiInferenceResponse;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.RegressionResult;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.status.StatusException;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares the answer that was logged with one that came: floats may differ by a part in a hundred
 * thousand of the larger one, everything else must be the same. Which version answered does not
 * count.
 */
final class RecordedAnswers {

  private static final double TOLERANCE = 1e-5;

  /** Of a label or a string, as much as a line of text can bear. */
  private static final int SHOWN = 100;

  /**
   * Where two answers are not the same.
   *
   * @param where in words; empty for the whole
   */
  record Difference(String where, String logged, String came) {

    /** The same in something larger. */
    Difference in(String place) {
      return new Difference(where.isEmpty() ? place : place + ", " + where, logged, came);
    }

    /** A line for people. */
    String text() {
      return where + ": logged " + logged + ", came " + came;
    }
  }

  private RecordedAnswers() {}

  /** Whether two numbers are alike enough; infinite ones must be the same. */
  static boolean agree(double logged, double came) {
    if (Double.isInfinite(logged) || Double.isInfinite(came)) {
      return logged == came;
    }
    return Double.compare(logged, came) == 0
        || Math.abs(logged - came) <= TOLERANCE * Math.max(Math.abs(logged), Math.abs(came));
  }

  static String quoted(String text) {
    return '"' + (text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text) + '"';
  }

  /**
   * The first difference; empty if there is none.
   *
   * @throws StatusException INVALID_ARGUMENT if a tensor of either can't be decoded
   */
  static Optional<Difference> difference(PredictResponse logged, PredictResponse came) {
    SortedSet<String> names = new TreeSet<>(logged.getOutputsMap().keySet());
    names.addAll(came.getOutputsMap().keySet());
    for (String name : names) {
      Optional<Difference> found =
          output(name, logged.getOutputsMap().get(name), came.getOutputsMap().get(name));
      if (found.isPresent()) {
        return found.map(difference -> difference.in("output " + name));
      }
    }
    return Optional.empty();
  }

  private static Optional<Difference> output(
      String name, @Nullable TensorProto logged, @Nullable TensorProto came) {
    if (logged == null) {
      return Optional.of(new Difference("", "none", "one"));
    }
    if (came == null) {
      return Optional.of(new Difference("", "one", "none"));
    }
    try (RecordedTensors tensors = RecordedTensors.of(name, logged, came)) {
      return tensors.difference();
    }
  }

  /** Compares what was said of examples. */
  static Optional<Difference> difference(ClassificationResult logged, ClassificationResult came) {
    int count = logged.getClassificationsCount();
    if (count != came.getClassificationsCount()) {
      return counts("classified examples", count, came.getClassificationsCount());
    }
    for (int i = 0; i < count; i++) {
      Optional<Difference> found =
          classes(logged.getClassifications(i), came.getClassifications(i));
      if (found.isPresent()) {
        String example = "example " + i;
        return found.map(difference -> difference.in(example));
      }
    }
    return Optional.empty();
  }

  private static Optional<Difference> counts(String what, int logged, int came) {
    return Optional.of(new Difference(what, Integer.toString(logged), Integer.toString(came)));
  }

  private static Optional<Difference> classes(Classifications logged, Classifications came) {
    if (logged.getClassesCount() != came.getClassesCount()) {
      return counts("classes", logged.getClassesCount(), came.getClassesCount());
    }
    for (int i = 0; i < logged.getClassesCount(); i++) {
      Class before = logged.getClasses(i);
      Class now = came.getClasses(i);
      if (!before.getLabel().equals(now.getLabel()) || !agree(before.getScore(), now.getScore())) {
        return Optional.of(new Difference("class " + i, text(before), text(now)));
      }
    }
    return Optional.empty();
  }

  private static String text(Class one) {
    return quoted(one.getLabel()) + " " + one.getScore();
  }

  /** Compares what was said of examples. */
  static Optional<Difference> difference(RegressionResult logged, RegressionResult came) {
    int count = logged.getRegressionsCount();
    if (count != came.getRegressionsCount()) {
      return counts("examples with a value", count, came.getRegressionsCount());
    }
    for (int i = 0; i < count; i++) {
      float before = logged.getRegressions(i).getValue();
      float now = came.getRegressions(i).getValue();
      if (!agree(before, now)) {
        return Optional.of(
            new Difference("example " + i, Float.toString(before), Float.toString(now)));
      }
    }
    return Optional.empty();
  }

  /** Compares task by task. */
  static Optional<Difference> difference(
      MultiInferenceResponse logged, MultiInferenceResponse came) {
    int count = logged.getResultsCount();
    if (count != came.getResultsCount()) {
      return counts("tasks", count, came.getResultsCount());
    }
    for (int i = 0; i < count; i++) {
      InferenceResult before = logged.getResults(i);
      InferenceResult now = came.getResults(i);
      Optional<Difference> found =
          difference(before.getClassificationResult(), now.getClassificationResult())
              .or(() -> difference(before.getRegressionResult(), now.getRegressionResult()));
      if (found.isPresent()) {
        String task = "task " + i;
        return found.map(difference -> difference.in(task));
      }
    }
    return Optional.empty();
  }
}
