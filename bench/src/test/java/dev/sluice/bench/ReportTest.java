package dev.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

/** What is written, against files that a person has looked at. */
class ReportTest {

  private static String golden(String name) throws IOException {
    try (InputStream file = ReportTest.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void markdownIsAsTheGoldenFile() throws Exception {
    assertThat(MarkdownReport.of(Reports.of(7))).isEqualTo(golden("report.md"));
  }

  @Test
  void fewRoundsShowNoIntervalAndNoVerdict() {
    assertThat(MarkdownReport.of(Reports.of(1)))
        .contains(
            "| REST predict | HttpEcho | answers | 0.90 × | ≥ 0.80 × | **not judged** | 1.45 × |")
        .contains("Together: 2 not judged, 1 not run.");
  }

  @Test
  void jsonIsAsTheGoldenFileAndParses() throws Exception {
    String json = JsonReport.of(Reports.of(7));
    assertThat(json).isEqualTo(golden("report.json"));
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      while (parser.nextToken() != null) {
        assertThat(parser.currentToken()).isNotNull();
      }
    }
  }

  @Test
  void pictureIsAsTheGoldenFileAndIsXml() throws Exception {
    String svg = LatencyPicture.of("Latency over rate", Reports.curves());
    assertThat(svg).isEqualTo(golden("latency.svg"));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertThat(document.getElementsByTagName("path").getLength()).isEqualTo(4);
  }

  /** What the picture shows must lie in it. */
  @Test
  void everyPointOfThePictureIsInItsFrame() throws Exception {
    String svg = LatencyPicture.of("t", Reports.curves());
    var circles =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)))
            .getElementsByTagName("circle");
    assertThat(circles.getLength()).isEqualTo(10);
    for (int i = 0; i < circles.getLength(); i++) {
      var at = circles.item(i).getAttributes();
      assertThat(Double.parseDouble(at.getNamedItem("cx").getNodeValue())).isBetween(76.0, 820.0);
      assertThat(Double.parseDouble(at.getNamedItem("cy").getNodeValue())).isBetween(84.0, 424.0);
    }
  }

  @Test
  void readmeHasThePlaceForTheTable() throws Exception {
    Path readme = Path.of(System.getProperty("sluice.root", "..")).resolve("bench/README.md");
    String page = Files.readString(readme);
    assertThat(page).containsOnlyOnce(MarkdownReport.BEGIN).containsOnlyOnce(MarkdownReport.END);
    assertThat(page.indexOf(MarkdownReport.BEGIN)).isLessThan(page.indexOf(MarkdownReport.END));
  }
}
