package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class InspectVerbTest {

  private static final Path SHARED =
      Path.of(System.getProperty("sluice.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolveSibling("shared")
          .resolve("models");

  /** Where numbers must fit each other, or a signature leaves out what its graph needs. */
  private static final Set<String> MEANING_BEYOND_TYPES =
      Set.of("ragged", "tangled", "wrong_signatures");

  @TempDir Path temporary;

  @Test
  void versionBehindALinkHasTheSizeOfWhatItLeadsTo() throws Exception {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    Files.createSymbolicLink(base.resolve("3"), base.resolve("2"));
    assertThat(VerbRun.of("inspect", base.toString()).out())
        .containsPattern("version 3, [0-9.]+ KB, served by default\n");
  }

  @Test
  void reportHasVersionsSignaturesAndSizes() {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    VerbRun run = VerbRun.of("inspect", base.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .startsWith("half_plus_two\n  version 2, ")
        .containsPattern("version 2, [0-9.]+ KB, served by default\n  version 1, [0-9.]+ KB\n")
        .contains(base.resolve("2").toString())
        .containsPattern("graph [0-9.]+ KB, variables [0-9]+ bytes, assets [0-9]+ bytes")
        .containsPattern("written by TensorFlow 2\\.[0-9.]+; tags: serve")
        .contains(
            """
              serving_default (tensorflow/serving/predict)
                input   x: float [-1]
                output  y: float [-1]
                curl -d '{"instances": [1.0]}' http://localhost:8501/v1/models/half_plus_two:predict
            """)
        .contains("no example request: takes tf.Examples");
    assertThat(run.out()).doesNotContain("__saved_model_");
  }

  @Test
  void singleVersionIsAskedByItsNumber() {
    Path version = Models.copyTo(temporary, Models.HALF_PLUS_TWO).resolve("1");
    assertThat(VerbRun.of("inspect", version.toString(), "--port=9").out())
        .startsWith("half_plus_two\n  version 1, ")
        .doesNotContain("served by default")
        .contains("http://localhost:9/v1/models/half_plus_two/versions/1:predict");
  }

  @Test
  void exampleAloneIsABody() {
    Path base = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    assertThat(VerbRun.of("inspect", base.toString(), "--example=serving_default").out())
        .isEqualTo("{\"instances\": [1.0]}" + System.lineSeparator());
    assertThat(VerbRun.of("inspect", base.toString(), "--example=none").err())
        .startsWith("sluice inspect: no signature none, expected one of [");
    assertThat(VerbRun.of("inspect", base.toString(), "--example=regress_x_to_y").err())
        .contains("tf.Examples");
  }

  @Test
  void whatIsNoModelIsSaidInOneLine() throws Exception {
    Path half = Models.copyTo(temporary, Models.HALF_PLUS_TWO);
    Path graph = half.resolve("2/saved_model.pb");
    Files.write(graph, Arrays.copyOf(Files.readAllBytes(graph), 1000));
    refused(half, "is damaged, or only a part of a copy");
    Path keras = Files.createDirectories(temporary.resolve("keras/1"));
    Files.write(keras.resolve("model.keras"), new byte[9]);
    refused(keras.getParent(), "a Keras 3 model (model.keras)");
    refused(keras.resolve("model.keras"), "a Keras 3 model (model.keras)");
    refused(temporary.resolve("nowhere"), "no folder " + temporary.resolve("nowhere"));
    refused(Files.createDirectory(temporary.resolve("empty")), "expected a file saved_model.pb");
    Files.createFile(Files.createDirectories(temporary.resolve("plain")).resolve("3"));
    refused(temporary.resolve("plain"), "expected a file saved_model.pb");
  }

  private static void refused(Path folder, String words) {
    VerbRun run = VerbRun.of("inspect", folder.toString());
    assertThat(run.err()).startsWith("sluice inspect: ").contains(words);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.code()).isEqualTo(1);
  }

  /** The constants of {@link Models}: all there is in the testkit. */
  private static List<String> ownModels() {
    return Stream.of(Models.class.getFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == String.class)
        .map(field -> {
          try {
            return (String) field.get(null);
          } catch (IllegalAccessException publicOnes) {
            throw new AssertionError(publicOnes);
          }
        })
        .toList();
  }

  @TestFactory
  Stream<DynamicTest> everyExampleOfOurModelsIsAnswered(@TempDir Path folder) {
    return ownModels().stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name, () -> examplesAreAnswered(Models.copyTo(folder, name), temporary)));
  }

  @TestFactory
  Stream<DynamicTest> everyExampleOfOthersModelsIsAnswered(@TempDir Path folder)
      throws IOException {
    if (!Files.isDirectory(SHARED)) {
      return Stream.of();
    }
    try (Stream<Path> models = Files.list(SHARED)) {
      return models
          .filter(Files::isDirectory)
          .filter(model -> VerbRun.of("inspect", model.toString()).code() == 0)
          .sorted()
          .toList()
          .stream()
          .map(model ->
              DynamicTest.dynamicTest(
                  model.getFileName().toString(), () -> examplesAreAnswered(model, folder)));
    }
  }

  /** Pastes each line into a shell, whose curl tells what it was given. */
  private static void examplesAreAnswered(Path base, Path folder) throws Exception {
    try (LocalServer server = LocalServer.of(base.getFileName().toString(), base)) {
      VerbRun run = VerbRun.of("inspect", base.toString(), "--port=" + server.restPort());
      assertThat(run.err()).isEmpty();
      assertThat(run.out()).containsAnyOf("curl", "no example request");
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      try (HttpClient http = HttpClient.newHttpClient()) {
        // All at once: what one run of the model waits for, another may bring.
        for (List<String> words : pasted(run.out(), folder)) {
          assertThat(words.getFirst()).isEqualTo("-d");
          answers.add(
              http.sendAsync(
                  HttpRequest.newBuilder(URI.create(words.get(2)))
                      .POST(HttpRequest.BodyPublishers.ofString(words.get(1)))
                      .build(),
                  HttpResponse.BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
          HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
          if (MEANING_BEYOND_TYPES.contains(base.getFileName().toString())) {
            assertThat(response.statusCode()).isIn(200, 400);
            continue;
          }
          assertThat(response.statusCode())
              .as("%s %s", response.uri(), response.body())
              .isEqualTo(200);
        }
      }
    }
  }

  /** The arguments of each curl, as a shell understands them. */
  private static List<List<String>> pasted(String report, Path folder) throws Exception {
    List<List<String>> calls = new ArrayList<>();
    Matcher lines = Pattern.compile("(?m)^ *curl .*$").matcher(report);
    while (lines.find()) {
      Path out = Files.createTempFile(folder, "words", "");
      Process shell =
          new ProcessBuilder("bash", "-c", "curl() { printf '%s\\n' \"$@\"; }\n" + lines.group())
              .redirectOutput(out.toFile())
              .start();
      assertThat(shell.waitFor()).isZero();
      calls.add(Files.readAllLines(out, StandardCharsets.UTF_8));
    }
    return calls;
  }
}
