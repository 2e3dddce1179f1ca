package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelConfigTextTest {

  private static ModelConfigText text(String text) {
    return ModelConfigText.of("models.config", text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> lines(String content, String... known) {
    ModelConfigText text = text(content);
    return text.flaws(Set.of(known)).stream().map(text::line).toList();
  }

  @Test
  void everyFlawIsNamedByFileLineColumnAndField() {
    assertThat(
            lines(
                """
                # models
                model_config_list {
                  config { name: 'a' base_path: '/a' model_platform: 'tensorflow' }
                  config {
                    name: 'b'
                    base_path: 'b'
                  }
                  config {
                    base_path: 's3://c/c'
                    model_platform: 'torch'
                    name: 'a'
                  }
                }
                """))
        .containsExactly(
            "models.config:11:5: model_config_list.config[2].name: Illegal to list model a multiple"
                + " times in config list",
            "models.config:6:5: model_config_list.config[1].base_path: Expected model b to have an"
                + " absolute path or URI; got base_path()=b",
            "models.config:4:3: model_config_list.config[1].model_platform: Illegal setting neither"
                + " ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform,"
                + " model name is b",
            "models.config:10:5: model_config_list.config[2].model_platform: Model a requests"
                + " unsupported platform torch",
            "models.config:9:5: model_config_list.config[2].base_path: File system scheme 's3' not"
                + " implemented (file: 's3://c/c'); expected a path, or file:// and a path");
  }

  @Test
  void platformOfAModelThatIsServedMayNotChange() {
    assertThat(
            lines(
                "model_config_list { config { name: 'a' base_path: '/a' model_platform: 'torch' } }",
                "a"))
        .containsExactly(
            "models.config:1:56: model_config_list.config[0].model_platform: Illegal to change a"
                + " model's platform. For model a platform was tensorflow and new platform requested"
                + " is torch");
  }

  @Test
  void modelsInBracketsHavePlacesToo() {
    assertThat(
            lines(
                """
                model_config_list: { config: [
                  { name: 'a' base_path: '/a' model_platform: 'tensorflow' },
                  { name: 'b', base_path: 'b', model_platform: 'tensorflow' },
                  { name: 'c', base_path: '/c' }
                ] }
                """))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("models.config:1:22: "),
            second -> assertThat(second).startsWith("models.config:1:22: "));
  }

  @Test
  void syntaxErrorHasItsPlaceAndThereIsNoConfig() {
    ModelConfigText text = text("model_config_list {\n  config { name: }\n}");

    assertThat(text.syntaxErrorInFile().orElseThrow()).startsWith("models.config:2:18: ");
    assertThat(text.flaws(Set.of())).isEmpty();
    assertThatThrownBy(text::config).hasMessage("Invalid protobuf file: 'models.config'");
  }

  @Test
  void goodConfigHasNoFlaw() {
    assertThat(lines("model_config_list {}")).isEmpty();
    assertThat(lines("# nothing")).isEmpty();
    assertThat(text("model_config_list {}").syntaxErrorInFile()).isEmpty();
  }
}
