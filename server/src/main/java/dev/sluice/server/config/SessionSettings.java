package dev.sluice.server.config;

import dev.sluice.proto.tensorflow.ConfigProto;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the sessions of all models are made. Immutable.
 *
 * @param tags the MetaGraph to load: exactly its tags; never empty
 * @param threads they work with
 * @param config what a file says of sessions; null if there is none. Its numbers of threads are not
 *     those that count
 * @param metadata whether versions are asked for what they say of themselves to ML Metadata
 */
public record SessionSettings(
    List<String> tags, SessionThreads threads, @Nullable ConfigProto config, boolean metadata) {

  public SessionSettings {
    tags = List.copyOf(tags);
  }
}
