package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Models;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the command says and does where folders are not as they should be, at the start or later.
 */
class BadFoldersTest {

  private static final String DATA = "variables/variables.data-00000-of-00001";

  /** What is not complete is loaded, and fails, when it has been quiet for a second. */
  private static final String IMPATIENT = "--version_completeness_patience_seconds=0";

  private static final String ONCE = "--max_num_load_retries=0";

  @TempDir Path folder;

  private Path models;
  private int restPort;

  @BeforeEach
  void makeFolder() throws IOException {
    models = Files.createDirectory(folder.resolve("models"));
    restPort = FreePort.next();
  }

  @AfterEach
  void makeReadable() throws IOException {
    try (Stream<Path> children = Files.list(models)) {
      for (Path child : children.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(child, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  /** A server at ports of its own that can't read what it must not. */
  private final class Server extends ChildServer {

    Server(String... flags) throws IOException {
      super(folder, withoutPowerOverFiles(), all(FreePort.next(), restPort, flags));
    }

    private static List<String> all(int port, int restPort, String... flags) {
      List<String> all = new ArrayList<>();
      all.add("--bind_address=127.0.0.1");
      all.add("--port=" + port);
      all.add("--rest_api_port=" + restPort);
      all.addAll(List.of(flags));
      return all;
    }

    /** The log without its times. */
    List<String> log() throws IOException {
      return err().lines().map(line -> line.replaceFirst("^\\S+ \\S+ ", "")).toList();
    }

    String failedStart() throws Exception {
      assertThat(exitCode()).as("%s", log()).isEqualTo(255);
      return out();
    }
  }

  /** Root reads everything, unless it gives up the right to. */
  private static List<String> withoutPowerOverFiles() throws IOException {
    return uid() == 0
        ? List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search")
        : List.of();
  }

  private static int uid() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static int ask(int port, String model) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + port + "/v1/models/" + model + ":predict"))
                  .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [1.0]}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .statusCode();
    }
  }

  private String config(String... names) throws IOException {
    return TestServer.modelConfig(models, names);
  }

  private Path half(String name) {
    return Models.copyVersion(Models.HALF_PLUS_TWO, 1, models.resolve(name), 1);
  }

  private static void cut(Path file, long length) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(length);
    }
  }

  private void makeBadFolders() throws IOException {
    Files.createDirectory(models.resolve("empty"));
    half("misplaced");
    Files.move(models.resolve("misplaced/1"), models.resolve("m"));
    Files.delete(models.resolve("misplaced"));
    Files.move(models.resolve("m"), models.resolve("misplaced"));
    Files.writeString(models.resolve("file"), "no directory");
    Files.writeString(Files.createDirectory(models.resolve("flat")).resolve("3"), "no directory");
    cut(half("partial").resolve(DATA), 4);
    Files.write(half("corrupt").resolve("saved_model.pb"), new byte[] {7, 7, 7, 7});
    half("closed");
    half("closed_version");
    half("good");
    close(models.resolve("closed"));
    close(models.resolve("closed_version/1"));
  }

  private static void close(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("---------"));
  }

  private String warned(List<String> log, String name) {
    return log.stream()
        .filter(line -> line.startsWith("W ") && line.contains(models.resolve(name).toString()))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void eachBadFolderIsExplainedOnceAndTheGoodModelServes() throws Exception {
    makeBadFolders();
    String[] bad = {
      "missing",
      "empty",
      "misplaced",
      "file",
      "flat",
      "partial",
      "corrupt",
      "closed",
      "closed_version"
    };
    String[] all = Stream.concat(Arrays.stream(bad), Stream.of("good")).toArray(String[]::new);
    try (Server server = new Server(config(all), IMPATIENT, ONCE)) {
      server.awaitLine("I Ready. Serving good version 1");
      assertThat(ask(restPort, "good")).isEqualTo(200);
      for (String name : bad) {
        assertThat(ask(restPort, name)).as(name).isEqualTo(404);
      }
      assertExplained(server.log());
      assertThat(server.out()).isEmpty();
    } finally {
      Files.setPosixFilePermissions(
          models.resolve("closed_version/1"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void assertExplained(List<String> log) throws IOException {
    assertThat(warned(log, "missing"))
        .isEqualTo(
            "W Could not find base path %1$s/missing for servable missing with error NOT_FOUND: %1$s/missing not found. Make the directory or correct the path; it is looked for again at each poll"
                .formatted(models));
    assertThat(warned(log, "empty"))
        .isEqualTo(
            "W No versions of servable empty found under base path %s/empty. Did you forget to name your leaf directory as a number (eg. '/1/')? It is empty"
                .formatted(models));
    assertThat(warned(log, "misplaced")).endsWith("It holds assets, saved_model.pb, variables");
    assertThat(warned(log, "file"))
        .isEqualTo(
            "W Could not list base path %1$s/file for servable file with error FAILED_PRECONDITION: %1$s/file; Not a directory. It has to be the directory that holds the versions' directories"
                .formatted(models));
    assertThat(warned(log, "closed"))
        .contains(
            "W Could not list base path %1$s/closed for servable closed with error PERMISSION_DENIED: %1$s/closed; Permission denied. The server runs as uid %2$d: let that user read and enter the directory, or run the server as another"
                .formatted(models, uid()));
    assertThat(warned(log, "closed_version"))
        .contains("Permission denied. The server runs as uid " + uid());
    assertThat(warned(log, "partial")).endsWith("s: " + DATA + " has 4 bytes, 12 needed");
    assertThat(warned(log, "corrupt")).contains("saved_model.pb is not whole, or damaged: ");
    assertThat(log)
        .anyMatch(line -> line.startsWith("E") && line.contains("{name: flat version: 3}"));
  }

  @Test
  void startWithNothingButACorruptModelFailsWithTheReason() throws Exception {
    Files.write(half("half").resolve("saved_model.pb"), new byte[] {7, 7, 7, 7});
    try (Server server = new Server(config("half"), IMPATIENT, ONCE)) {
      assertThat(server.failedStart())
          .startsWith(
              "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available:"
                  + " {{{name: half version: 1} due to error: ")
          .contains(
              ". In %s/half/1, saved_model.pb is not whole, or damaged: no field begins at byte 0"
                  .formatted(models));
    }
  }

  @Test
  void relativeBasePathFailsTheStart() throws Exception {
    try (Server server = new Server("--model_name=half", "--model_base_path=models/half")) {
      assertThat(server.failedStart())
          .isEqualTo(
              "Failed to start server. Error: INVALID_ARGUMENT: Expected model half to have an"
                  + " absolute path or URI; got base_path()=models/half\n");
    }
  }

  @Test
  void startWaitsForAFolderThatIsMissingAndForItsVersionToBeComplete() throws Exception {
    try (Server server = new Server(config("half"), ONCE)) {
      server.awaitLine("I The ports stay closed until there is a version of half");
      Path whole = half("made");
      byte[] data = Files.readAllBytes(whole.resolve(DATA));
      cut(whole.resolve(DATA), 4);
      Files.move(models.resolve("made"), models.resolve("half"));
      server.awaitLine(
          "I Version 1 of servable half at %s/half/1 is not loaded yet: %s has 4 bytes, 12 needed"
              .formatted(models, DATA));
      Files.write(models.resolve("half/1").resolve(DATA), data);
      server.awaitLine("I Ready. Serving half version 1");
      assertThat(server.log())
          .contains(
              "I Version 1 of servable half at %s/half/1 is complete now and will be loaded"
                  .formatted(models))
          .noneMatch(line -> line.startsWith("E"));
    }
  }

  @Test
  void folderThatGoesBadLaterUnloadsNothing() throws Exception {
    half("half");
    Path base = models.resolve("half");
    Path aside = models.resolve("aside");
    try (Server server = new Server(config("half"), ONCE)) {
      server.awaitLine("I Ready. Serving half version 1");
      Files.move(base, aside);
      server.awaitLine("W Could not find base path " + base);
      Files.writeString(base, "no directory");
      server.awaitLine(
          "W Could not list base path " + base + " for servable half with error FAILED");
      assertThat(ask(restPort, "half")).isEqualTo(200);
      Files.delete(base);
      Files.move(aside, base);
      server.awaitLine("I Servable half is back to normal");
      close(base);
      server.awaitLine("W Could not list base path " + base + " for servable half with error PERM");
      assertThat(ask(restPort, "half")).isEqualTo(200);
      assertThat(server.log()).noneMatch(line -> line.contains("unloading"));
    }
  }

  @Test
  void withoutTheCheckAHalfCopiedVersionIsLoadedAtOnceAndFails() throws Exception {
    cut(half("half").resolve("saved_model.pb"), 1024);
    try (Server server = new Server(config("half"), ONCE, "--version_completeness_check=false")) {
      assertThat(server.failedStart()).contains("{name: half version: 1} due to error: ");
      assertThat(server.log()).noneMatch(line -> line.contains("not complete"));
    }
  }
}
