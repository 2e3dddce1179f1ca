package dev.sluice.tensorflow;

import dev.sluice.proto.tensorflow.ConfigProto;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How sessions are made.
 *
 * @param tags the exact tag set of the graph in the SavedModel to serve; usually {@code serve}
 * @param intraOpThreads threads inside one operation, 0 for TensorFlow's choice. The pool is one
 *     per process, so the first session decides
 * @param interOpThreads operations at once, 0 for TensorFlow's choice
 * @param freeze whether signatures run with their variables as constants and their functions
 *     inlined, where that is known to change nothing but the cost
 * @param config what else TensorFlow shall know, whose numbers of threads do not count; null for
 *     its defaults, with soft placement
 */
public record SessionOptions(
    List<String> tags,
    int intraOpThreads,
    int interOpThreads,
    boolean freeze,
    @Nullable ConfigProto config) {

  /** The tag {@code serve}, threads as TensorFlow chooses, frozen where possible. */
  public static final SessionOptions SERVE = new SessionOptions(List.of("serve"), 0, 0, true);

  public SessionOptions {
    tags = List.copyOf(tags);
  }

  /** With TensorFlow's defaults for all else. */
  public SessionOptions(List<String> tags, int intraOpThreads, int interOpThreads, boolean freeze) {
    this(tags, intraOpThreads, interOpThreads, freeze, null);
  }

  /** What TensorFlow is told beside the threads. */
  ConfigProto.Builder base() {
    return config == null
        ? ConfigProto.newBuilder().setAllowSoftPlacement(true)
        : config.toBuilder();
  }

  /**
   * The same, where TensorFlow optimises the graph for each run's outputs, or leaves it as it is.
   */
  SessionOptions optimising(boolean optimises) {
    ConfigProto.Builder changed = base();
    changed.getGraphOptionsBuilder().getRewriteOptionsBuilder().setDisableMetaOptimizer(!optimises);
    return new SessionOptions(tags, intraOpThreads, interOpThreads, freeze, changed.build());
  }
}
