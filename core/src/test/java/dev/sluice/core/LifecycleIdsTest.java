package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each point of the contract about the lifecycle that {@code conformance/ids.txt} lists is in a
 * test of this module, or core/RATIONALE.md says why it is not.
 */
class LifecycleIdsTest {

  private static final Path ROOT = Path.of(System.getProperty("sluice.root", ".."));
  private static final String HEADING = "## Points of the contract without a test here";

  /** Identifiers, adapters, routers, sources, harness, managers, policies, monitor, look-ups. */
  private static final Pattern ID =
      Pattern.compile("(?:ID|AD|SL|RT|SP|FS|LH|RE|BM|BR|AV|AB|PO|AP|RP|SM|EB|FR|CM|ST)-\\d+");

  private static final Pattern RANGE = Pattern.compile("(" + ID + ")(?: to (" + ID + "))?");
  private static final Pattern COMMENT = Pattern.compile("// ([A-Z]+-\\d+(?:, [A-Z]+-\\d+)*)$");

  @Test
  void everyPointHasATestOrAReason() throws IOException {
    List<String> ids = ids();
    Set<String> open = new TreeSet<>(ids);
    open.removeAll(tested());
    open.removeAll(excused(ids));
    assertThat(ids).hasSizeGreaterThan(150).doesNotHaveDuplicates();
    assertThat(open).as("neither in a test nor under '%s'", HEADING).isEmpty();
  }

  @Test
  void noReasonIsLeftForAPointThatHasATest() throws IOException {
    assertThat(excused(ids())).doesNotContainAnyElementsOf(tested());
  }

  private static List<String> ids() throws IOException {
    return Files.readAllLines(ROOT.resolve("conformance/ids.txt")).stream()
        .map(line -> line.split(" ", 2)[0])
        .filter(word -> ID.matcher(word).matches())
        .toList();
  }

  private static Set<String> tested() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(ROOT.resolve("core/src/test/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        for (String line : Files.readAllLines(file)) {
          matches(COMMENT, line)
              .flatMap(comment -> matches(ID, comment.group(1)))
              .forEach(id -> found.add(id.group()));
        }
      }
    }
    return found;
  }

  /** Single ids, and ranges in the order of the list. */
  private static Set<String> excused(List<String> ids) throws IOException {
    String page = Files.readString(ROOT.resolve("core/RATIONALE.md"));
    assertThat(page).contains(HEADING + "\n");
    String section = page.substring(page.indexOf(HEADING) + HEADING.length()).split("\n## ", 2)[0];
    Set<String> found = new TreeSet<>();
    for (MatchResult range : matches(RANGE, section).toList()) {
      String last = range.group(2) == null ? range.group(1) : range.group(2);
      assertThat(ids).contains(range.group(1), last);
      found.addAll(ids.subList(ids.indexOf(range.group(1)), ids.indexOf(last) + 1));
    }
    return found;
  }

  private static Stream<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }
}
