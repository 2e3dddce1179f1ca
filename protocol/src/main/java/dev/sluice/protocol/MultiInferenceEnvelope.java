package dev.sluice.protocol;

import java.util.List;

/**
 * A MultiInference request.
 *
 * @param tasks in the order sent, maybe none
 * @param examples the input of all, which may be empty
 */
public record MultiInferenceEnvelope(List<Task> tasks, ExampleBatch examples) {

  public MultiInferenceEnvelope {
    tasks = List.copyOf(tasks);
  }

  /**
   * One thing to do with the examples.
   *
   * @param model whom it asks
   * @param methodName what is asked, such as {@code tensorflow/serving/classify}; may be anything
   */
  public record Task(RequestedModel model, String methodName) {}
}
