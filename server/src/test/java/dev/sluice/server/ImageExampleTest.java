package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.tensorflow.BytesList;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.Example;
import dev.sluice.proto.tensorflow.Feature;
import dev.sluice.proto.tensorflow.Features;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.tensorflow.NativeObjects;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The example {@code examples/image-classification}: its model and its images, as they are there.
 */
class ImageExampleTest {

  private static final Path EXAMPLE =
      Path.of(System.getProperty("sluice.root"), "examples/image-classification");
  private static final String URL = "/v1/models/digits:predict";
  private static final String NO_IMAGE =
      "Unknown image file format. One of JPEG, PNG, GIF, BMP required.";

  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.of("digits", EXAMPLE.resolve("models/digits"));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    assertThat(NativeObjects.open()).isEmpty();
  }

  static List<Path> images() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLE.resolve("images"))) {
      return files.sorted().toList();
    }
  }

  /** The digit in the name: {@code digit-7.png}, {@code paper-4.jpg}. */
  private static String digit(Path image) {
    return image.getFileName().toString().replaceAll("\\D", "");
  }

  private static String base64(byte[] content) {
    return "{\"b64\": \"" + Base64.getEncoder().encodeToString(content) + "\"}";
  }

  private static String named(byte[] content) {
    return "{\"image_bytes\": " + base64(content) + "}";
  }

  private static List<String> labels(String answer) {
    List<String> labels = new ArrayList<>();
    Matcher matcher = Pattern.compile("\"label\": \"(\\d)\"").matcher(answer);
    while (matcher.find()) {
      labels.add(matcher.group(1));
    }
    return labels;
  }

  private static PredictRequest request(List<byte[]> images) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_STRING);
    tensor.getTensorShapeBuilder().addDimBuilder().setSize(images.size());
    images.forEach(image -> tensor.addStringVal(ByteString.copyFrom(image)));
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("digits"))
        .putInputs("image_bytes", tensor.build())
        .build();
  }

  @ParameterizedTest
  @MethodSource("images")
  void imageIsReadOverRestWithAndWithoutTheInputsName(Path image) throws Exception {
    byte[] content = Files.readAllBytes(image);
    for (String instance : List.of(base64(content), named(content))) {
      HttpResponse<String> response = server.post(URL, "{\"instances\": [" + instance + "]}");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(labels(response.body())).containsExactly(digit(image));
    }
  }

  @Test
  void imagesOfDifferentSizesAndFormatsGoTogether() throws Exception {
    List<byte[]> contents = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    List<String> digits = new ArrayList<>();
    for (Path image : images()) {
      contents.add(Files.readAllBytes(image));
      rows.add(base64(contents.getLast()));
      digits.add(digit(image));
    }
    assertThat(digits).hasSizeGreaterThan(10).contains("0", "9");

    HttpResponse<String> response =
        server.post(URL, "{\"instances\": [" + String.join(", ", rows) + "]}");
    assertThat(labels(response.body())).isEqualTo(digits);

    PredictResponse answer = server.predictions().predict(request(contents));
    assertThat(answer.getOutputsOrThrow("label").getStringValList())
        .extracting(ByteString::toStringUtf8)
        .isEqualTo(digits);
    assertProbabilities(answer, digits);
  }

  private static void assertProbabilities(PredictResponse answer, List<String> digits) {
    List<Float> best = answer.getOutputsOrThrow("probability").getFloatValList();
    List<Float> all = answer.getOutputsOrThrow("probabilities").getFloatValList();
    assertThat(all).hasSize(10 * digits.size());
    for (int i = 0; i < digits.size(); i++) {
      assertThat(best.get(i))
          .isBetween(0.5f, 1f)
          .isEqualTo(all.get(10 * i + Integer.parseInt(digits.get(i))));
    }
  }

  @Test
  void otherBytesAreRefusedWithTensorFlowsTextAndTheNextRequestWorks() throws Exception {
    byte[] text = "this is no image".getBytes(StandardCharsets.UTF_8);
    byte[] seven = Files.readAllBytes(EXAMPLE.resolve("images/digit-7.png"));

    HttpResponse<String> refused =
        server.post(URL, "{\"instances\": [" + base64(seven) + ", " + base64(text) + "]}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains(NO_IMAGE);
    assertThat(labels(server.post(URL, "{\"instances\": [" + base64(seven) + "]}").body()))
        .containsExactly("7");

    assertThatThrownBy(() -> server.predictions().predict(request(List.of(text))))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining(NO_IMAGE);
    assertThat(server.predictions().predict(request(List.of(seven))).getOutputsOrThrow("label"))
        .returns("7", label -> label.getStringVal(0).toStringUtf8());
  }

  @Test
  void halfAnImageIsRefusedToo() throws Exception {
    byte[] seven = Files.readAllBytes(EXAMPLE.resolve("images/digit-7.png"));
    byte[] half = Arrays.copyOf(seven, seven.length / 2);
    HttpResponse<String> refused = server.post(URL, "{\"instances\": [" + base64(half) + "]}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("Invalid PNG data");
  }

  /** The signature for classify, by predict: its input is a vector of serialised examples. */
  @Test
  void examplesAreClassifiedWithTheBestFirst() throws Exception {
    ByteString seven =
        ByteString.copyFrom(Files.readAllBytes(EXAMPLE.resolve("images/digit-7.png")));
    Feature image =
        Feature.newBuilder().setBytesList(BytesList.newBuilder().addValue(seven)).build();
    Example example =
        Example.newBuilder()
            .setFeatures(Features.newBuilder().putFeature("image_bytes", image))
            .build();
    HttpResponse<String> response =
        server.post(
            URL,
            "{\"signature_name\": \"classify\", \"instances\": ["
                + base64(example.toByteArray())
                + "]}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).containsPattern("\"classes\": \\[\"7\", ");
  }
}
