package dev.sluice.tensorflow;

import java.util.List;

/**
 * How sessions are made.
 *
 * @param tags the exact tag set of the graph in the SavedModel to serve; usually {@code serve}
 * @param intraOpThreads threads inside one operation, 0 for TensorFlow's choice. The pool is one
 *     per process, so the first session decides
 * @param interOpThreads operations at once, 0 for TensorFlow's choice
 */
public record SessionOptions(List<String> tags, int intraOpThreads, int interOpThreads) {

  /** The tag {@code serve}, threads as TensorFlow chooses. */
  public static final SessionOptions SERVE = new SessionOptions(List.of("serve"), 0, 0);

  public SessionOptions {
    tags = List.copyOf(tags);
  }
}
