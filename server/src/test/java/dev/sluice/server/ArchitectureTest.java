package dev.sluice.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Maven's arrows cannot say about the structure, and that ARCHITECTURE.md tells the truth. */
class ArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.sluice");

  private static final Path ROOT =
      Path.of(System.getProperty("sluice.root", "..")).toAbsolutePath().normalize();

  /** Words in backticks that look like our types and are others'. */
  private static final Set<String> OTHERS =
      Set.of(
          "TensorProto", "SignatureDef", "MetaGraphDef", "SavedModel", "RunOptions", "ConfigProto");

  @Test
  void onlyTheTensorflowModuleCallsNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sluice.tensorflow..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(SymbolLookup.class)
        .check(CLASSES);
  }

  /**
   * The command line is a client of the server, so it may use gRPC's own interfaces, which the
   * stubs of {@code proto} need; its own test keeps it away from the transport.
   */
  @Test
  void onlyServerAndClientsSeeNetworks() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.sluice.server..",
            "dev.sluice.client..",
            "dev.sluice.load..",
            "dev.sluice.cli..",
            "dev.sluice.proto..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.netty..", "io.grpc.."))
        .check(CLASSES);
  }

  @Test
  void lifecycleKnowsNothingOfModels() {
    classes()
        .that()
        .resideInAPackage("dev.sluice.core..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.sluice.core..",
                "dev.sluice.status..",
                "java..",
                "org.jspecify..",
                "com.google.errorprone.."))
        .check(CLASSES);
  }

  @Test
  void protocolsOfTheServerDoNotKnowEachOther() {
    slices()
        .matching("dev.sluice.server.(rest|grpc)..")
        .should()
        .notDependOnEachOther()
        .check(CLASSES);
  }

  /** Where nothing is traced, nothing of it is loaded. */
  @Test
  void onlyTracesSeeOpenTelemetry() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sluice.server.trace..")
        .or()
        .haveSimpleName("Traces")
        .or()
        .haveSimpleName("RequestTrace")
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.opentelemetry.."))
        .check(CLASSES);
  }

  @Test
  void noNamesThatSayNothing() {

    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sluice.proto..")
        .should()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameStartingWith("Default")
        .check(CLASSES);
  }

  @Test
  void architecturePageNamesOnlyWhatExists() throws Exception {
    String page = Files.readString(ROOT.resolve("ARCHITECTURE.md"));
    Set<String> types = types();
    Set<String> missing = new TreeSet<>();
    Matcher quoted = Pattern.compile("`([^`\\n]+)`").matcher(page);
    int seen = 0;
    while (quoted.find()) {
      String word = quoted.group(1);
      if (word.matches("[A-Z][A-Za-z]*[a-z][A-Za-z]*")) {
        seen++;
        if (!types.contains(word) && !OTHERS.contains(word)) {
          missing.add(word);
        }
      } else if (word.matches("[a-z.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]*)+")) {
        seen++;
        if (!Files.exists(ROOT.resolve(word))) {
          missing.add(word);
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(seen).as("words that were checked").isGreaterThan(20);
  }

  private static Set<String> types() throws Exception {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.toString().contains("/target/"))
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }
}
