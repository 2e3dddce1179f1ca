package dev.sluice.core;

import dev.sluice.status.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Turns aspired directories into aspired loaders, item by item: ids and order stay, a failure that
 * comes in goes out unchanged, and a failure of the factory concerns that id only. Safe for use by
 * many threads if the factory and the receiver are.
 */
public final class LoaderAdapter implements Target<Path> {

  private final LoaderFactory factory;
  private final Target<Loader> downstream;

  public LoaderAdapter(LoaderFactory factory, Target<Loader> downstream) {
    this.factory = Objects.requireNonNull(factory, "factory");
    this.downstream = Objects.requireNonNull(downstream, "downstream");
  }

  @Override
  public void aspire(String streamName, List<ServableData<Path>> versions) {
    downstream.aspire(streamName, versions.stream().map(this::adapt).toList());
  }

  private ServableData<Loader> adapt(ServableData<Path> data) {
    return switch (data) {
      case ServableData.Present<Path>(ServableId id, Path directory) -> loader(id, directory);
      case ServableData.Failed<Path>(ServableId id, Status status) ->
          ServableData.error(id, status);
    };
  }

  private ServableData<Loader> loader(ServableId id, Path directory) {
    try {
      return ServableData.of(id, factory.loader(id, directory));
    } catch (RuntimeException | LinkageError failure) {
      return ServableData.error(id, Status.of(failure));
    }
  }
}
