package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ServableId;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * SavedModels that others made, each against a number worked out by hand. They lie beside the
 * project where there are any; elsewhere there is nothing to test.
 */
class SharedModelsTest {

  private static final Path MODELS =
      Path.of(System.getProperty("sluice.root", ".."))
          .toAbsolutePath()
          .normalize()
          .resolveSibling("shared")
          .resolve("models");

  /** A question to a model and what its answer must contain. */
  private record Question(String path, String body, String answer) {}

  private static final String BOSTON =
      "{\"instances\": [[0.09178, 0.0, 4.05, 0.0, 0.51, 6.416, 84.1, 2.6463, 5.0, 296.0, 16.6,"
          + " 395.5, 9.04]]}";

  private static final Map<String, List<Question>> QUESTIONS = questions();

  private static Map<String, List<Question>> questions() {
    Map<String, List<Question>> questions = new LinkedHashMap<>();
    questions.put("boston_model", List.of(new Question(":predict", BOSTON, "[[24.8801")));
    // y = x/2 + 2 on a matrix.
    questions.put(
        "matrix_half_plus_two",
        List.of(
            new Question(
                ":predict",
                "{\"inputs\": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]]}",
                "[[2.0,2.5,3.0],[3.5,4.0,4.5],[5.0,5.5,6.0]]")));
    // y = x/2 + 3.
    questions.put(
        "saved_model_half_plus_three",
        List.of(new Question(":predict", "{\"instances\": [2.0]}", "[4.0]")));
    for (String name :
        List.of(
            "saved_model_half_plus_two_cpu",
            "saved_model_half_plus_two_tf2_cpu",
            "saved_model_half_plus_two_mlmd",
            "saved_model_half_plus_two_cpu_with_saved_model_config",
            "saved_model_half_plus_two_cpu_with_empty_saved_model_config")) {
      questions.put(
          name,
          List.of(
              new Question(":predict", "{\"instances\": [2.0, 3.0, 4.0]}", "[3.0,3.5,4.0]"),
              new Question("/versions/123:predict", "{\"inputs\": [[8.0]]}", "[[6.0]]")));
    }
    questions.put(
        "saved_model_half_plus_two_2_versions",
        List.of(
            new Question("/versions/123:predict", "{\"instances\": [2.0]}", "[3.0]"),
            new Question("/versions/124:predict", "{\"instances\": [2.0]}", "[3.0]")));
    return questions;
  }

  @TestFactory
  Stream<DynamicTest> answersAreThoseWorkedOutByHand(@TempDir Path temporary) throws Exception {
    if (!Files.isDirectory(MODELS)) {
      return Stream.of();
    }
    Path config = config(temporary);
    TestServer server =
        TestServer.start("--model_config_file=" + config, "--max_num_load_retries=0");
    Stream<DynamicTest> answers =
        QUESTIONS.entrySet().stream()
            .flatMap(model ->
                model.getValue().stream()
                    .map(question ->
                        DynamicTest.dynamicTest(
                            model.getKey() + question.path(),
                            () -> check(server, model.getKey(), question))));
    Stream<DynamicTest> others =
        Stream.of(
            DynamicTest.dynamicTest("saved_model_counter", () -> counts(server)),
            DynamicTest.dynamicTest(
                "bad_half_plus_two fails alone",
                () -> fails(server, "bad_half_plus_two", "Session Bundle is deprecated")),
            DynamicTest.dynamicTest(
                "saved_model_half_plus_two_tflite fails alone",
                () -> fails(server, "saved_model_half_plus_two_tflite", "model.tflite")));
    return Stream.of(answers, others, Stream.of(DynamicTest.dynamicTest("stop", server::close)))
        .flatMap(tests -> tests);
  }

  private static Path config(Path temporary) throws Exception {
    StringBuilder text = new StringBuilder("model_config_list {\n");
    try (Stream<Path> folders = Files.list(MODELS)) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        text.append(
            "config { name: '%s' base_path: '%s' model_platform: 'tensorflow' model_version_policy { all {} } }\n"
                .formatted(folder.getFileName(), folder));
      }
    }
    return Files.writeString(temporary.resolve("models.config"), text.append("}\n"));
  }

  private static void check(TestServer server, String model, Question question) throws Exception {
    HttpResponse<String> response =
        server.post("/v1/models/" + model + question.path(), question.body());
    assertThat(response.body().replaceAll("\\s", "")).contains(question.answer());
    assertThat(response.statusCode()).isEqualTo(200);
  }

  /** The counter has state: up by one, up by three, and what it says is what was added. */
  private static void counts(TestServer server) throws Exception {
    assertThat(server.server().available()).contains(new ServableId("saved_model_counter", 123));
    HttpResponse<String> response =
        server.post(
            "/v1/models/saved_model_counter:predict",
            "{\"signature_name\": \"incr_counter_by\", \"inputs\": 3.0}");
    assertThat(response.body().replaceAll("\\s", "")).isEqualTo("{\"outputs\":3.0}");
    HttpResponse<String> again =
        server.post(
            "/v1/models/saved_model_counter:predict",
            "{\"signature_name\": \"incr_counter_by\", \"inputs\": 1.0}");
    assertThat(again.body().replaceAll("\\s", "")).isEqualTo("{\"outputs\":4.0}");
  }

  private static void fails(TestServer server, String model, String why) throws Exception {
    HttpResponse<String> status = server.get("/v1/models/" + model);
    assertThat(status.body()).contains("\"END\"").contains(why);
    assertThat(server.post("/v1/models/" + model + ":predict", "{\"inputs\": [1.0]}").statusCode())
        .isEqualTo(404);
  }
}
