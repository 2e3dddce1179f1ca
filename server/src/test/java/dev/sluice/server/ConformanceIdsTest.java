package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Each point of the contract that {@code conformance/ids.txt} lists has a test, or {@code
 * docs/compatibility.md} says why it has none.
 */
class ConformanceIdsTest {

  private static final Path ROOT = Path.of(System.getProperty("sluice.root"));
  private static final String HEADING = "## Points of the contract not covered yet";

  private static final Pattern ID = Pattern.compile("[A-Z]+(?:-[A-Z]*)?\\d+");
  private static final Pattern RANGE = Pattern.compile("(" + ID + ")(?: to (" + ID + "))?");
  private static final Pattern TAG = Pattern.compile("@Spec\\(\\s*(\\{[^}]*\\}|\"[^\"]*\")\\s*\\)");
  private static final Pattern COMMENT =
      Pattern.compile("// (" + ID + "(?:, " + ID + ")*)$", Pattern.MULTILINE);

  /** The checks with the official Python clients, which CI runs as well. */
  private static final Pattern CHECK = Pattern.compile("@check\\(\"([^\"]*)\"");

  private static List<String> ids;
  private static Set<String> tested;
  private static Set<String> excused;

  @BeforeAll
  static void read() throws IOException {
    ids =
        Files.readAllLines(ROOT.resolve("conformance/ids.txt")).stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .map(line -> line.split(" ", 2)[0])
            .toList();
    tested = tested();
    excused = excused();
    System.out.printf("Spec ids covered: %d of %d%n", tested.size(), ids.size());
  }

  /** The contract of gRPC has this many points of each kind. */
  @Test
  void pointsOfGrpcAreListedCompletely() {
    for (String last :
        List.of("L09", "P22", "T11", "C11", "R02", "I01", "M05", "D03", "S06", "H13", "V07")) {
      int count = Integer.parseInt(last.substring(1));
      for (int i = 1; i <= count; i++) {
        assertThat(ids).contains("%s%02d".formatted(last.substring(0, 1), i));
      }
      assertThat(ids).doesNotContain("%s%02d".formatted(last.substring(0, 1), count + 1));
    }
  }

  @Test
  void idsAreListedOnce() {
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> ID.matcher(id).matches());
  }

  @Test
  void everyIdHasATestOrALineThatSaysWhyNot() {
    List<String> open = new ArrayList<>(ids);
    open.removeAll(tested);
    open.removeAll(excused);
    assertThat(open).as("ids with neither a test nor a line under '%s'", HEADING).isEmpty();
  }

  @Test
  void everyIdOfATestIsListed() {
    assertThat(ids).containsAll(tested);
  }

  @Test
  void noLineIsLeftForAnIdThatHasATest() {
    assertThat(excused)
        .as("ids to take out of '%s', since they have a test", HEADING)
        .doesNotContainAnyElementsOf(tested);
  }

  private static Set<String> tested() throws IOException {
    Set<String> found = new LinkedHashSet<>();
    for (Path file : testSources()) {
      String source = Files.readString(file);
      Stream.of(TAG, COMMENT, CHECK)
          .flatMap(pattern -> matches(pattern, source))
          .flatMap(match -> matches(ID, match.group(1)))
          .forEach(id -> found.add(id.group()));
    }
    return found;
  }

  private static List<Path> testSources() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path tests : modules.map(module -> module.resolve("src/test/java")).toList()) {
        if (Files.isDirectory(tests)) {
          try (Stream<Path> all = Files.walk(tests)) {
            all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
          }
        }
      }
    }
    try (Stream<Path> checks = Files.list(ROOT.resolve("conformance"))) {
      checks.filter(file -> file.toString().endsWith(".py")).forEach(files::add);
    }
    return files;
  }

  /** What the page lists under its heading: single ids, and ranges in the order of the list. */
  private static Set<String> excused() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/compatibility.md"));
    assertThat(page).contains(HEADING + "\n");
    String section = page.substring(page.indexOf(HEADING) + HEADING.length()).split("\n## ", 2)[0];
    Set<String> found = new LinkedHashSet<>();
    matches(RANGE, section)
        .forEach(range -> {
          String last = range.group(2) == null ? range.group(1) : range.group(2);
          assertThat(ids).contains(range.group(1), last);
          found.addAll(ids.subList(ids.indexOf(range.group(1)), ids.indexOf(last) + 1));
        });
    return found;
  }

  private static Stream<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }
}
