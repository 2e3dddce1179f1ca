package dev.sluice.tensorflow;

import java.util.List;

/**
 * How sessions are made.
 *
 * @param tags the exact tag set of the graph in the SavedModel to serve; usually {@code serve}
 * @param intraOpThreads threads inside one operation, 0 for TensorFlow's choice. The pool is one
 *     per process, so the first session decides
 * @param interOpThreads operations at once, 0 for TensorFlow's choice
 * @param freeze whether signatures run with their variables as constants and their functions
 *     inlined, where that is known to change nothing but the cost
 */
public record SessionOptions(
    List<String> tags, int intraOpThreads, int interOpThreads, boolean freeze) {

  /** The tag {@code serve}, threads as TensorFlow chooses, frozen where possible. */
  public static final SessionOptions SERVE = new SessionOptions(List.of("serve"), 0, 0, true);

  public SessionOptions {
    tags = List.copyOf(tags);
  }
}
