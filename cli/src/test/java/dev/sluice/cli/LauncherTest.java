package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a checkout of its own, where Maven and Java are scripts: the one writes what the
 * real one would and does what a file says, the other prints what it was started with.
 */
class LauncherTest {

  private static final Path ROOT = Path.of(System.getProperty("sluice.root", ".."));

  private static final String MAVEN =
      """
      #!/bin/sh
      cd "$(dirname "$0")"
      echo "$@" >>maven.calls
      for word; do [ "$before" != -pl ] || modules=$(echo "$word" | tr , ' '); before=$word; done
      echo "[INFO] Building sluice-core 0.1.0-SNAPSHOT                               [3/11]"
      echo "[INFO] Downloading from central: https://repo.maven.apache.org/maven2/a/b/1/b-1.jar"
      echo "[INFO] Downloaded from central: https://repo.maven.apache.org/maven2/a/b/1/b-1.jar (5.4 MB at 13 MB/s)"
      [ ! -f maven.does ] || . ./maven.does
      for module in $modules; do
        mkdir -p $module/target/lib
        echo jar >$module/target/sluice-${module##*/}.jar
        echo jar >$module/target/lib/a.jar
      done
      """;

  private static final String JAVA =
      """
      #!/bin/sh
      for option; do
        case $option in -XX:AOTCacheOutput=*) echo note >"${option#*=}" ;; esac
      done
      printf '%s\\n' "$@"
      """;

  @TempDir Path temporary;
  private Path home;
  private Path jdk;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void layOutACheckout() throws Exception {
    home = temporary.resolve("a checkout");
    copy("sluice");
    copy(".mvn/find-jdk.sh");
    copy("cli/src/main/resources/dev/sluice/cli/help.txt");
    script(home.resolve("mvnw"), MAVEN);
    for (String source :
        List.of(
            "pom.xml",
            "core/src/main/java/A.java",
            "core/src/test/T.java",
            "examples/boston-housing/src/main/java/B.java",
            "examples/boston-housing/pom.xml",
            "bench/src/main/java/C.java",
            "bench/rival/src/main/java/D.java",
            "load/src/main/java/E.java",
            "testkit/src/main/java/F.java")) {
      Path file = home.resolve(source);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content");
    }
    jdk = temporary.resolve("a jdk");
    script(jdk.resolve("bin/java"), JAVA);
    script(jdk.resolve("bin/javac"), JAVA);
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
  }

  @AfterEach
  void endWhatWasStarted() {
    started.forEach(Process::destroyForcibly);
  }

  private void copy(String file) throws IOException {
    Path target = home.resolve(file);
    Files.createDirectories(target.getParent());
    Files.copy(ROOT.resolve(file), target, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void mavenDoes(String commands) throws IOException {
    Files.writeString(home.resolve("maven.does"), commands);
  }

  private record Result(int code, String out, String err) {}

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", home.resolve("sluice").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(temporary.toFile())
            .redirectOutput(temporary.resolve("out").toFile())
            .redirectError(temporary.resolve("err").toFile());
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("SLUICE_JVM_DIRS", temporary.resolve("none").toString());
    builder.environment().remove("SLUICE_JAVA_OPTS");
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Result finish(Process process) throws Exception {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(
        process.exitValue(),
        Files.readString(temporary.resolve("out")),
        Files.readString(temporary.resolve("err")));
  }

  private Result run(String... arguments) throws Exception {
    return finish(start(arguments));
  }

  private long builds() throws IOException {
    Path calls = home.resolve("maven.calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  private void await(String text) throws IOException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.readString(temporary.resolve("err")).contains(text)) {
      assertThat(System.nanoTime()).as("no %s", text).isLessThan(limit);
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void helpNeedsNeitherBuildNorJdk() throws Exception {
    Files.delete(jdk.resolve("bin/javac"));
    for (String[] verb : new String[][] {{}, {"help"}, {"--help"}, {"-h"}}) {
      assertThat(run(verb)).isEqualTo(new Result(0, Verbs.helpText(), ""));
    }
    assertThat(builds()).isZero();
  }

  @Test
  void unknownVerbIsSaidAtOnce() throws Exception {
    Result result = run("surf");
    assertThat(result.err()).isEqualTo("sluice: unknown verb: surf\n`sluice help` lists them.\n");
    assertThat(result.code()).isEqualTo(2);
    assertThat(builds()).isZero();
  }

  @Test
  void missingJdkIsSaidInOneLine() throws Exception {
    Files.delete(jdk.resolve("bin/javac"));
    Process process = start("serve");
    Result result = finish(process);
    // The machine may have another one on its path; then that is as good.
    if (result.code() != 0) {
      assertThat(result.err().lines()).hasSize(1);
      assertThat(result.err()).startsWith("Sluice needs a JDK 25 or newer");
    }
  }

  @Test
  void serveBecomesTheServerAndNeedsNoTrainer() throws Exception {
    Result result = run("serve", "--model_name=a b", "--port=1");
    assertThat(result.code()).isZero();
    assertThat(result.out().lines())
        .containsSubsequence(
            "-Dsluice.home=" + home,
            "-cp",
            "%s/cli/target/sluice-cli.jar:%s/cli/target/lib/*".formatted(home, home),
            "dev.sluice.server.Main",
            "--model_name=a b",
            "--port=1");
    assertThat(Files.readString(home.resolve("maven.calls"))).doesNotContain("examples");
    assertThat(result.err().lines())
        .allMatch(
            line -> line.matches("(Building Sluice|Rehearsing a start).*|Built in \\d+ s|  .*"));
  }

  @Test
  void serveReadsTheClassesOfItsRehearsal() throws Exception {
    String note = "-XX:AOTCache=" + home.resolve("cli/target/serve.aot");
    assertThat(run("serve").out().lines()).containsSubsequence(note, "-Xlog:aot*=off", "-cp");
    assertThat(run("serve").out().lines()).contains(note);
    assertThat(run("predict", "m").out()).doesNotContain("AOTCache");
    // A newer build, of which nobody has made a note.
    Files.setLastModifiedTime(
        home.resolve("cli/target/sluice.stamp"), FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(run("serve").out()).doesNotContain("AOTCache");
  }

  @Test
  void noteOfAnotherJdkIsNotRead() throws Exception {
    assertThat(run("serve").out()).contains("-XX:AOTCache=");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.2\"\n");
    assertThat(run("serve").out()).doesNotContain("AOTCache");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void rehearsalThatFailsIsNoFailedBuild() throws Exception {
    script(jdk.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Result result = run("serve");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("dev.sluice.server.Main").doesNotContain("AOTCache");
    assertThat(run("serve").err()).isEmpty();
  }

  @Test
  void verbsBecomeTheCommandLine() throws Exception {
    assertThat(run("predict", "m", "my file").out().lines())
        .containsSubsequence("dev.sluice.cli.Main", "predict", "m", "my file");
    assertThat(run("help", "inspect").out().lines())
        .containsSubsequence("dev.sluice.cli.Main", "help", "inspect");
    assertThat(run("--version").out()).endsWith("dev.sluice.cli.Main\n--version\n");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void demoBuildsItsTrainerOnce() throws Exception {
    run("serve");
    assertThat(run("demo", "--once").out()).endsWith("dev.sluice.cli.Main\ndemo\n--once\n");
    assertThat(builds()).isEqualTo(2);
    Result again = run("demo");
    assertThat(again.err()).isEmpty();
    assertThat(run("serve").err()).isEmpty();
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void helpOfTheDemoNeedsNoTrainer() throws Exception {
    assertThat(run("demo", "--help").out()).endsWith("dev.sluice.cli.Main\nhelp\ndemo\n");
    assertThat(Files.readString(home.resolve("maven.calls"))).doesNotContain("examples");
  }

  @Test
  void benchBuildsWhatItMeasuresOnce() throws Exception {
    Result result = run("bench", "--only=rest", "a b");
    assertThat(result.out().lines())
        .containsSubsequence(
            "%s/bench/target/sluice-bench.jar:%s/bench/target/lib/*".formatted(home, home),
            "dev.sluice.bench.Main",
            "--only=rest",
            "a b");
    assertThat(Files.readString(home.resolve("maven.calls")))
        .contains("cli,examples/boston-housing,bench,bench/rival");
    assertThat(run("bench").err()).isEmpty();
    assertThat(run("demo").err()).isEmpty();
    assertThat(builds()).isEqualTo(1);

    Files.writeString(home.resolve("load/src/main/java/E.java"), "changed");
    assertThat(run("serve").err()).isEmpty();
    run("bench");
    assertThat(builds()).isEqualTo(2);
    Files.writeString(home.resolve("core/src/main/java/A.java"), "changed");
    run("bench");
    assertThat(builds()).isEqualTo(3);
  }

  @Test
  void helpOfTheBenchNeedsNoBench() throws Exception {
    assertThat(run("bench", "--help").out()).endsWith("dev.sluice.cli.Main\nhelp\nbench\n");
    assertThat(Files.readString(home.resolve("maven.calls"))).doesNotContain("bench");
  }

  @Test
  void contentOfSourcesDecidesWhetherToBuild() throws Exception {
    Path source = home.resolve("core/src/main/java/A.java");
    run("serve");
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 9999));
    Files.writeString(home.resolve("core/src/test/T.java"), "another test");
    Files.writeString(home.resolve("examples/boston-housing/src/main/java/B.java"), "more");
    run("serve");
    assertThat(builds()).isEqualTo(1);

    Files.writeString(source, "changed");
    Files.setLastModifiedTime(
        source, FileTime.fromMillis(0)); // an old file in the place of a new one
    run("serve");
    assertThat(builds()).isEqualTo(2);
    Files.move(source, source.resolveSibling("Z.java"));
    run("serve");
    assertThat(builds()).isEqualTo(3);
    Files.delete(source.resolveSibling("Z.java"));
    run("serve");
    assertThat(builds()).isEqualTo(4);
    Files.delete(home.resolve("cli/target/sluice-cli.jar"));
    run("serve");
    assertThat(builds()).isEqualTo(5);
    Files.writeString(home.resolve("cli/target/lib/a.jar"), "built by somebody else");
    run("serve");
    assertThat(builds()).isEqualTo(6);
    run("serve");
    assertThat(builds()).isEqualTo(6);
  }

  /** Maven itself would keep them: it goes by the times of files. */
  @Test
  void whatWasMadeOfOtherSourcesIsNotKept() throws Exception {
    Path source = home.resolve("core/src/main/java/A.java");
    Path resource = home.resolve("model/src/main/resources/a.txt");
    Files.writeString(home.resolve("core/pom.xml"), "content");
    Files.createDirectories(resource.getParent());
    Files.writeString(resource, "content");
    Files.writeString(home.resolve("model/pom.xml"), "content");
    run("serve");
    Path core = Files.createDirectories(home.resolve("core/target/classes"));
    Path model = Files.createDirectories(home.resolve("model/target/classes"));
    Files.createFile(home.resolve("core/target/sluice-core-1.jar"));

    Files.writeString(source, "changed");
    Files.setLastModifiedTime(source, FileTime.fromMillis(0));
    run("serve");
    assertThat(core).doesNotExist();
    assertThat(home.resolve("core/target")).isEmptyDirectory();
    assertThat(model).exists();
    Files.delete(resource);
    run("serve");
    assertThat(model).doesNotExist();

    Files.createDirectories(core);
    Files.writeString(home.resolve("pom.xml"), "changed");
    run("serve");
    assertThat(core).doesNotExist();
    assertThat(builds()).isEqualTo(4);
  }

  @Test
  void sourceThatChangesDuringTheBuildIsBuiltAgain() throws Exception {
    mavenDoes("echo more >>core/src/main/java/A.java; rm maven.does");
    run("serve");
    run("serve");
    run("serve");
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void longBuildSaysWhereItIs() throws Exception {
    mavenDoes("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.4; done");
    Result result = run("serve");
    List<String> progress = result.err().lines().filter(line -> line.startsWith("  ")).toList();
    assertThat(progress).hasSizeGreaterThanOrEqualTo(2);
    assertThat(progress)
        .allMatch(line -> line.matches("  \\[3/11] sluice-core, \\d+ s, 5\\.4 MB downloaded"));
  }

  @Test
  void failedBuildSaysWhyAndWhereTheLogIs() throws Exception {
    mavenDoes(
        "echo '[ERROR] Failed to execute goal x: Could not transfer artifact a:b:1 from/to central"
            + " (https://repo.maven.apache.org/maven2): Unknown host'; echo '[ERROR] more';"
            + " echo '[ERROR] yet more'; exit 1");
    Result result = run("serve");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines().filter(line -> !line.startsWith("  [")))
        .containsExactly(
            "Building Sluice (the first time this downloads what it needs)",
            "sluice: the build failed:",
            "  Failed to execute goal x: Could not transfer artifact a:b:1 from/to central"
                + " (https://repo.maven.apache.org/maven2): Unknown host",
            "  more",
            "Is there a network? The first build downloads from https://repo.maven.apache.org.",
            "The whole log is in " + home.resolve("target/build.log"));
    Files.delete(home.resolve("maven.does"));
    assertThat(run("serve").code()).isZero();
  }

  @Test
  void failureBeforeMavenIsQuotedToo() throws Exception {
    mavenDoes("echo 'wget: Failed to fetch https://repo.maven.apache.org/maven2/m.zip'; exit 1");
    assertThat(run("serve").err())
        .contains("the build failed:\n")
        .contains("\n  wget: Failed to fetch https://repo.maven.apache.org/maven2/m.zip\n")
        .contains("Is there a network?");
  }

  @Test
  void fullDiskIsCalledThat() throws Exception {
    mavenDoes("echo '[ERROR] x: No space left on device'; exit 1");
    assertThat(run("serve").err()).contains("\nThe disk is full; a build");
  }

  @Test
  void stoppedBuildIsBegunAnew() throws Exception {
    run("serve");
    Files.writeString(home.resolve("core/src/main/java/A.java"), "changed");
    Files.createDirectories(home.resolve("core/target/classes"));
    Files.writeString(home.resolve("core/pom.xml"), "content");
    mavenDoes("echo $$ >maven.pid; sleep 1000");
    Process process = start("serve");
    await("[3/11]");
    process.destroy(); // SIGTERM
    Result result = finish(process);
    assertThat(result.code()).isEqualTo(143);
    assertThat(result.err()).endsWith("sluice: the build was stopped\n");
    long pid = Long.parseLong(Files.readString(home.resolve("maven.pid")).strip());
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    mavenDoes("[ ! -e core/target ] && echo gone >maven.saw");
    assertThat(run("serve").code()).isZero();
    assertThat(home.resolve("maven.saw")).as("what was half done").exists();
    assertThat(run("serve").err()).isEmpty();
  }

  @Test
  void secondStartWaitsForTheBuildOfTheFirst() throws Exception {
    mavenDoes("while [ ! -f go ]; do sleep 0.1; done");
    Process first = start("serve");
    await("[3/11]");
    Process second =
        start("serve"); // writes into the same files; the first one's are not looked at
    await("another build goes on in this checkout");
    Files.createFile(home.resolve("go"));
    assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(finish(second).code()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void linkToTheLauncherWorks() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), home.resolve("sluice"));
    Process process =
        new ProcessBuilder("bash", link.toString(), "help")
            .redirectOutput(temporary.resolve("out").toFile())
            .redirectError(temporary.resolve("err").toFile())
            .start();
    assertThat(finish(process)).isEqualTo(new Result(0, Verbs.helpText(), ""));
  }

  @Test
  void folderThatCannotBeWrittenIsNamed() throws Exception {
    Files.writeString(home.resolve("target"), "a file where a folder is due");
    Result result = run("serve");
    assertThat(result.err())
        .isEqualTo(
            "sluice: cannot write to %s: is the disk full, or not ours?%n"
                .formatted(home.resolve("target")));
    assertThat(result.code()).isEqualTo(1);
  }
}
