package dev.sluice.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Versions of a stream as the contract's tables write them: {@code 1 ready a, 2 new n}. */
final class Snapshots {

  private Snapshots() {}

  /** What a policy does next: {@code LOAD 2}, {@code UNLOAD 1} or {@code none}. */
  static String next(VersionPolicy policy, String versions) {
    return policy
        .next(parse(versions))
        .map(action -> action.kind() + " " + action.id().version())
        .orElse("none");
  }

  static List<VersionSnapshot> parse(String text) {
    List<VersionSnapshot> versions = new ArrayList<>();
    if (text == null) {
      return versions;
    }
    for (String part : text.split(",", -1)) {
      String[] words = part.strip().split(" ", -1);
      versions.add(
          new VersionSnapshot(
              new ServableId("m", Long.parseLong(words[0])),
              HarnessState.valueOf(words[1].toUpperCase(Locale.ROOT).replace('-', '_')),
              words[2].equals("a")));
    }
    return versions;
  }
}
