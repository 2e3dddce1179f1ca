package dev.sluice.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.sluice");

  /** gRPC's own interfaces are what the stubs need; how bytes travel is its business. */
  @Test
  void commandLineSeesNoTransport() {
    noClasses()
        .that()
        .resideInAPackage("dev.sluice.cli..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "io.netty..",
                "io.grpc.netty..",
                "dev.sluice.server.grpc..",
                "dev.sluice.server.rest.."))
        .check(CLASSES);
  }

  /** The server starts without it, and so faster. */
  @Test
  void nothingButTheCommandLineSeesPicocli() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.sluice.cli..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("picocli.."))
        .check(CLASSES);
  }
}
