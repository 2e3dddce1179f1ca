package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Whether the libraries that Maven fetches on a machine are those that the JVM there looks for.
 * Images for other processors are built on such machines, or as if on one.
 */
class NativeArtifactTest {

  private static final Path ROOT = Path.of(System.getProperty("sluice.root"));

  @ParameterizedTest
  @CsvSource({
    "Linux, unix, amd64, linux-x86_64",
    "Linux, unix, aarch64, linux-arm64",
    "Mac OS X, mac, aarch64, macosx-arm64",
  })
  void mavenFetchesWhatTheJvmLooksFor(String name, String family, String arch, String expected)
      throws Exception {
    assertThat(TensorFlowLibraries.platform(name, arch)).isEqualTo(expected);
    assertThat(classifier(name, family, arch)).isEqualTo(expected);
  }

  /** As the pom has it: that of the profile for the machine, else the one that all have. */
  private static String classifier(String name, String family, String arch) throws Exception {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(ROOT.resolve("tensorflow/pom.xml").toFile());
    NodeList profiles = pom.getElementsByTagName("profile");
    for (int i = 0; i < profiles.getLength(); i++) {
      Element profile = (Element) profiles.item(i);
      boolean named = is(profile, "name", name) || is(profile, "family", family);
      if (named && is(profile, "arch", arch)) {
        return text(profile, "tensorflow.classifier");
      }
    }
    return text(pom.getDocumentElement(), "tensorflow.classifier");
  }

  private static boolean is(Element profile, String tag, String value) {
    return text(profile, tag).toLowerCase(Locale.ROOT).equals(value.toLowerCase(Locale.ROOT));
  }

  private static String text(Element parent, String tag) {
    NodeList found = parent.getElementsByTagName(tag);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().trim();
  }

  /** The image opens the jars itself: it has to name the files as they are called. */
  @Test
  void imageTakesTheLibrariesThatAreLoaded() throws Exception {
    List<String> lines = Files.readAllLines(ROOT.resolve("docker/Dockerfile"));
    assertThat(lines)
        .anyMatch(line -> line.contains("org/tensorflow/internal/c_api/*/libtensorflow*.so.2"));
  }
}
