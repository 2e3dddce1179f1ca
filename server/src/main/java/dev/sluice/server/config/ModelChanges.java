package dev.sluice.server.config;

import dev.sluice.proto.config.FileSystemStoragePathSourceConfig.ServableVersionPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What one list of models has that another has not. Immutable.
 *
 * @param added in the order of the new list
 * @param removed in the order of the old list
 * @param changed in the order of the new list
 */
public record ModelChanges(List<ModelEntry> added, List<ModelEntry> removed, List<Change> changed) {

  public ModelChanges {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    changed = List.copyOf(changed);
  }

  /** A model that both lists have, and not alike. */
  public record Change(ModelEntry before, ModelEntry after) {

    /** What is different, in words: {@code base path /a -> /b}. */
    public List<String> differences() {
      List<String> found = new ArrayList<>();
      if (!before.basePath().equals(after.basePath())) {
        found.add("base path " + before.basePath() + " -> " + after.basePath());
      }
      String policyBefore = policy(before);
      String policyAfter = policy(after);
      if (!policyBefore.equals(policyAfter)) {
        found.add("versions " + policyBefore + " -> " + policyAfter);
      }
      SortedSet<String> labels = new TreeSet<>(before.versionLabels().keySet());
      labels.addAll(after.versionLabels().keySet());
      if (!before.logging().equals(after.logging())) {
        found.add("request log changed");
      }
      for (String label : labels) {
        label(label, before.versionLabels(), after.versionLabels(), found);
      }
      return found;
    }

    private static void label(
        String label, Map<String, Long> before, Map<String, Long> after, List<String> found) {
      Long from = before.get(label);
      Long to = after.get(label);
      if (from == null) {
        found.add("label " + label + " is new, at " + to);
      } else if (to == null) {
        found.add("label " + label + " is gone, was at " + from);
      } else if (!from.equals(to)) {
        found.add("label " + label + " " + from + " -> " + to);
      }
    }
  }

  /** Compares two lists, each of which has each name once. */
  public static ModelChanges between(List<ModelEntry> before, List<ModelEntry> after) {
    Map<String, ModelEntry> old = byName(before);
    Map<String, ModelEntry> next = byName(after);
    List<Change> changed = new ArrayList<>();
    for (ModelEntry entry : after) {
      ModelEntry was = old.get(entry.name());
      if (was != null && !was.saysTheSameAs(entry)) {
        changed.add(new Change(was, entry));
      }
    }
    return new ModelChanges(
        after.stream().filter(entry -> !old.containsKey(entry.name())).toList(),
        before.stream().filter(entry -> !next.containsKey(entry.name())).toList(),
        changed);
  }

  private static Map<String, ModelEntry> byName(List<ModelEntry> models) {
    Map<String, ModelEntry> byName = new HashMap<>();
    models.forEach(model -> byName.put(model.name(), model));
    return byName;
  }

  /** True iff both lists say the same. */
  public boolean isEmpty() {
    return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
  }

  /** Which versions of a model its policy takes, in words: {@code latest 2}. */
  public static String policy(ModelEntry model) {
    ServableVersionPolicy policy = model.versionPolicy();
    return switch (policy.getPolicyChoiceCase()) {
      case POLICYCHOICE_NOT_SET -> "latest 1";
      case LATEST ->
          "latest " + Math.max(1, Integer.toUnsignedLong(policy.getLatest().getNumVersions()));
      case ALL -> "all";
      case SPECIFIC -> "specific " + policy.getSpecific().getVersionsList();
    };
  }
}
