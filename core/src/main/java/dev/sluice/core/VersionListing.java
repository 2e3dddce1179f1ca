package dev.sluice.core;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The versions among the names found in a base directory, and which of them a choice takes: a pure
 * function of the names.
 *
 * <p>A name is a version iff all of it is a decimal number from 0 to 2^63-1, with a sign and white
 * space around it or not; so {@code 00017} is version 17 and {@code 1.denied} is nothing. Whether
 * it is a directory is not asked: as in TensorFlow Serving a plain file called {@code 3} is an
 * aspired version, and its load fails.
 *
 * @param versions what to serve, in the order to hand on
 * @param warnings what an operator should know about it
 */
public record VersionListing(List<ServableData<Path>> versions, List<String> warnings) {

  private static final Pattern NUMBER =
      Pattern.compile("[ \\t\\n\\x0B\\f\\r]*([+-]?[0-9]+)[ \\t\\n\\x0B\\f\\r]*");

  /** How many names a warning lists. */
  private static final int FEW = 5;

  /** Applies the servable's choice to the names of the children of its directory. */
  public static VersionListing of(MonitoredServable servable, Set<String> children) {
    return of(servable, children, Set.of());
  }

  /**
   * Applies the servable's choice to the names of the children of its directory.
   *
   * @param held which of them to choose none of for now; that they exist is known all the same
   */
  static VersionListing of(MonitoredServable servable, Set<String> children, Set<String> held) {
    SortedSet<String> others = new TreeSet<>(children);
    others.removeAll(held);
    return new Selection(servable, others, held).select();
  }

  /** The version that a name stands for; empty if it stands for none. */
  public static OptionalLong version(String name) {
    var number = NUMBER.matcher(name);
    if (!number.matches()) {
      return OptionalLong.empty();
    }
    try {
      long version = Long.parseLong(number.group(1));
      return version < 0 ? OptionalLong.empty() : OptionalLong.of(version);
    } catch (NumberFormatException overflow) {
      return OptionalLong.empty();
    }
  }

  /** One run of the function. */
  private static final class Selection {

    private final MonitoredServable servable;
    private final SortedSet<String> children;
    private final Set<Long> held;
    private final List<ServableData<Path>> versions = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private Selection(
        MonitoredServable servable, SortedSet<String> children, Set<String> heldNames) {
      this.servable = servable;
      this.children = children;
      this.held = new HashSet<>();
      heldNames.forEach(name -> version(name).ifPresent(held::add));
    }

    private VersionListing select() {
      switch (servable.choice()) {
        case VersionChoice.Latest latest ->
            byNumber().descendingMap().entrySet().stream()
                .limit(latest.count())
                .forEach(version -> add(version.getKey(), version.getValue()));
        case VersionChoice.All _ ->
            children.forEach(name -> version(name).ifPresent(version -> add(version, name)));
        case VersionChoice.Specific specific -> addSpecific(specific.versions());
      }
      if (versions.isEmpty() && held.isEmpty()) {
        warnings.add(
            "No versions of servable %s found under base path %s. Did you forget to name your leaf directory as a number (eg. '/1/')?%s"
                .formatted(servable.name(), servable.basePath(), whatElse()));
      }
      return new VersionListing(
          Collections.unmodifiableList(versions), Collections.unmodifiableList(warnings));
    }

    /** What the directory has instead of versions, for who looks for the mistake. */
    private String whatElse() {
      if (children.isEmpty()) {
        return " It is empty";
      }
      String some = children.stream().limit(FEW).collect(Collectors.joining(", "));
      int more = children.size() - FEW;
      return " It holds " + some + (more > 0 ? " and " + more + " more" : "");
    }

    /** In the order asked for if each exists under its plain name, else ascending. */
    private void addSpecific(List<Long> asked) {
      if (asked.isEmpty()) {
        warnings.add(
            "Servable %s is configured to serve specific versions, but none is listed"
                .formatted(servable.name()));
      }
      Set<Long> wanted = new LinkedHashSet<>(asked);
      if (wanted.stream().allMatch(version -> children.contains(Long.toString(version)))) {
        wanted.forEach(version -> add(version, Long.toString(version)));
        return;
      }
      NavigableMap<Long, String> found = byNumber();
      for (long version : new TreeSet<>(wanted)) {
        if (found.containsKey(version)) {
          add(version, found.get(version));
        } else if (!held.contains(version)) {
          warnings.add(
              "Version %d of servable %s, asked for by the configuration, was not found under %s"
                  .formatted(version, servable.name(), servable.basePath()));
        }
      }
    }

    /** Each number with the last of its names. */
    private NavigableMap<Long, String> byNumber() {
      NavigableMap<Long, String> names = new TreeMap<>();
      for (String name : children) {
        version(name)
            .ifPresent(version -> {
              String before = names.put(version, name);
              if (before != null) {
                warnings.add(
                    "Duplicate version directories detected. Version %d will be loaded from %s, %s will be ignored."
                        .formatted(version, name, before));
              }
            });
      }
      return names;
    }

    private void add(long version, String name) {
      versions.add(
          ServableData.of(
              new ServableId(servable.name(), version), servable.directory().resolve(name)));
    }
  }
}
