package dev.sluice.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelChangesTest {

  private static List<ModelEntry> models(String... models) {
    String text = "model_config_list { config { " + String.join("} config {", models) + " } }";
    return ModelConfigFile.entriesOf(
        ModelConfigText.of("x", text.getBytes(StandardCharsets.UTF_8)).config());
  }

  @Test
  void sameModelsInAnotherOrderAreNoChange() {
    ModelChanges none =
        ModelChanges.between(
            models("name: 'a' base_path: '/a'", "name: 'b' base_path: '/b'"),
            models(
                "name: 'b' base_path: '/b' model_version_policy { latest {} }",
                "name: 'a' base_path: '/a' model_version_policy { latest { num_versions: 1 } }"));

    assertThat(none.isEmpty()).isTrue();
  }

  @Test
  void modelsThatComeAndGoAreTold() {
    ModelChanges changes =
        ModelChanges.between(models("name: 'a'", "name: 'b'"), models("name: 'c'", "name: 'b'"));

    assertThat(changes.added()).extracting(ModelEntry::name).containsExactly("c");
    assertThat(changes.removed()).extracting(ModelEntry::name).containsExactly("a");
    assertThat(changes.changed()).isEmpty();
  }

  @Test
  void differencesAreInWords() {
    ModelChanges changes =
        ModelChanges.between(
            models(
                "name: 'a' base_path: '/a' version_labels { key: 'gone' value: 1 }"
                    + " version_labels { key: 'moved' value: 1 }"
                    + " version_labels { key: 'same' value: 1 }"),
            models(
                "name: 'a' base_path: '/b' model_version_policy { specific { versions: [3, 1] } }"
                    + " version_labels { key: 'moved' value: 2 }"
                    + " version_labels { key: 'new' value: 3 }"
                    + " version_labels { key: 'same' value: 1 }"));

    assertThat(changes.changed())
        .singleElement()
        .satisfies(change ->
            assertThat(change.differences())
                .containsExactly(
                    "base path /a -> /b",
                    "versions latest 1 -> specific [3, 1]",
                    "label gone is gone, was at 1",
                    "label moved 1 -> 2",
                    "label new is new, at 3"));
  }

  @Test
  void policiesAreInWords() {
    assertThat(
            models(
                "name: 'a' model_version_policy { all {} }",
                "name: 'b' model_version_policy { latest { num_versions: 4294967295 } }"))
        .extracting(ModelChanges::policy)
        .containsExactly("all", "latest 4294967295");
  }
}
