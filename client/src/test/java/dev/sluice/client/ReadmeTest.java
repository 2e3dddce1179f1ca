package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example compiles and runs: it is the text between two marks of this file. */
class ReadmeTest {

  private static final Path ROOT =
      Path.of(System.getProperty("sluice.root", "..")).toAbsolutePath().normalize();

  @Test
  void exampleOfTheReadmeRuns(@TempDir Path folder) throws Exception {
    try (LocalServer server =
        LocalServer.start(folder, LocalServer.models(folder, Models.HALF_PLUS_TWO))) {
      String target = server.target();
      float[] seen;
      // README begins
      try (SluiceClient client = SluiceClient.of(target)) { // such as "localhost:8500"
        RemoteModel model = client.model("half_plus_two");
        Tensor x = Tensor.of(new float[] {1, 2, 5});
        Prediction answer = model.predict(Map.of("x", x));
        float[] y = answer.output("y").toFloats(); // 3.5, 4.0, 5.5 from version 2
        // README ends
        seen = y;
        assertThat(answer.version()).isEqualTo(2);
      }
      assertThat(seen).containsExactly(3.5f, 4, 5.5f);
    }
  }

  @Test
  void exampleOfTheReadmeIsTheOneThatRuns() throws Exception {
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("client/README.md")));
    assertThat(block.find()).isTrue();
    List<String> shown = block.group(1).lines().map(String::strip).toList();
    String source =
        Files.readString(ROOT.resolve("client/src/test/java/dev/sluice/client/ReadmeTest.java"));
    String region =
        source.substring(
            source.indexOf("// README begins\n") + 17, source.indexOf("// README ends"));
    String run = region.lines().map(String::strip).collect(Collectors.joining("\n")).strip();
    assertThat(String.join("\n", shown)).isEqualTo(run + "\n}");
    assertThat(shown).hasSizeLessThan(10);
  }
}
