package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.server.Proves;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Each flag of TensorFlow Serving has a test that starts a server with it: where the flag works,
 * one that is marked with {@link Proves}; where a warning says that it does nothing, {@code
 * FlagsInVainTest}, which takes those from the table.
 */
class FlagProofsTest {

  /** The tests of this module by the flags that they prove. */
  private static final Map<String, List<Method>> PROOFS = new TreeMap<>();

  @BeforeAll
  static void collect() throws IOException, URISyntaxException {
    Path classes =
        Path.of(FlagProofsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes.resolve("dev"))) {
      files
          .map(file -> classes.relativize(file).toString())
          .filter(name -> name.endsWith(".class"))
          .map(name -> name.replace(".class", "").replace('/', '.'))
          .forEach(FlagProofsTest::collect);
    }
  }

  private static void collect(String name) {
    try {
      Class<?> type = Class.forName(name, false, FlagProofsTest.class.getClassLoader());
      for (Method method : type.getDeclaredMethods()) {
        Proves proves = method.getAnnotation(Proves.class);
        if (proves != null) {
          for (String flag : proves.value()) {
            PROOFS.computeIfAbsent(flag, _ -> new ArrayList<>()).add(method);
          }
        }
      }
    } catch (ClassNotFoundException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static List<String> flagsOfTensorFlowServing(boolean warned) {
    return Arrays.stream(Flag.values())
        .filter(flag -> !flag.isOwn() && flag.support().warning().isEmpty() != warned)
        .map(flag -> "--" + flag.label())
        .toList();
  }

  @Test
  void everyFlagOfTensorFlowServingIsProvenByATestOrWarnedOf() {
    List<String> proven = flagsOfTensorFlowServing(false);
    assertThat(proven)
        .as("flags without a test that sees their effect on a server: mark one @Proves")
        .allMatch(PROOFS::containsKey);
    List<String> warned = flagsOfTensorFlowServing(true);
    assertThat(proven.size() + warned.size()).isEqualTo(48);
    System.out.printf(
        "Flags of TensorFlow Serving that a started server proves: %d, that it warns of: %d%n",
        proven.size(), warned.size());
    PROOFS.forEach((flag, tests) ->
        System.out.printf(
            "%s: %s.%s%n",
            flag,
            tests.getFirst().getDeclaringClass().getSimpleName(),
            tests.getFirst().getName()));
  }

  @Test
  void whatIsProvenIsAFlagAndWhatProvesItIsATest() {
    assertThat(PROOFS.keySet())
        .allSatisfy(flag -> {
          assertThat(flag).startsWith("--");
          assertThat(CommandLine.flagNames()).contains(flag.substring(2));
        });
    assertThat(PROOFS.values().stream().flatMap(List::stream))
        .allMatch(method ->
            method.isAnnotationPresent(Test.class)
                || method.isAnnotationPresent(ParameterizedTest.class));
  }
}
