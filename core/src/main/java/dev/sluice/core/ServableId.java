package dev.sluice.core;

import java.util.Comparator;
import java.util.Objects;

/**
 * Names one version of one servable. Ordered by name, then by version.
 *
 * @param name the servable's name, which is also the name of its stream of versions
 * @param version larger is newer; 0 is a legal version; sources never emit a negative one
 */
public record ServableId(String name, long version) implements Comparable<ServableId> {

  private static final Comparator<ServableId> ORDER =
      Comparator.comparing(ServableId::name).thenComparingLong(ServableId::version);

  public ServableId {
    Objects.requireNonNull(name, "name");
  }

  @Override
  public int compareTo(ServableId other) {
    return ORDER.compare(this, other);
  }

  /** {@code {name: half_plus_two version: 3}}, as in TensorFlow Serving's logs. */
  @Override
  public String toString() {
    return "{name: " + name + " version: " + version + "}";
  }
}
