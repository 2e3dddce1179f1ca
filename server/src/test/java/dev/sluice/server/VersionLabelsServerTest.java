package dev.sluice.server;

import static dev.sluice.server.ReloadingServer.await;
import static dev.sluice.server.ReloadingServer.list;
import static dev.sluice.server.ReloadingServer.model;
import static dev.sluice.server.ReloadingServer.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels of versions over real sockets: at the start, in a reload, in a file that is polled. */
class VersionLabelsServerTest {

  private static final String BOTH = "model_version_policy { specific { versions: [1, 2] } }";
  private static final String REFUSED =
      "FAILED_PRECONDITION: Request to assign label to version 9 of model m, which is not currently"
          + " available for inference";

  @TempDir Path folder;

  @BeforeEach
  void twoVersions() throws Exception {
    version(folder, "m", 1);
    version(folder, "m", 2);
  }

  private static String label(String name, long version) {
    return "version_labels { key: '%s' value: %d } ".formatted(name, version);
  }

  private String labelled(String... labels) {
    return list(model(folder, "m", BOTH, String.join(" ", labels)));
  }

  private ReloadingServer start(String config, String... flags) throws Exception {
    ReloadingServer server = ReloadingServer.start(folder, config, flags);
    await("both versions serve", () -> server.server().server().available().size() == 2);
    return server;
  }

  @Test
  @Spec({"H09", "SC-17", "SC-16"})
  void labelOfAVersionThatIsNotAvailableIsRefusedAndTheOldLabelsStay() throws Exception {
    try (ReloadingServer server = start(labelled(label("stable", 1)))) {
      assertThat(server.refusal(labelled(label("stable", 2), label("next", 9)))).isEqualTo(REFUSED);
      assertThat(server.refusal(labelled(label("stable", 9)))).isEqualTo(REFUSED);
      assertThat(server.answersTo("m", "stable")).isEqualTo(1);
      assertThat(server.failure("m", "next"))
          .isEqualTo("INVALID_ARGUMENT: Unrecognized servable version label: next");

      server.reload(labelled(label("stable", 2), label("canary", 2), label("", 1)));
      assertThat(server.answersTo("m", "stable")).isEqualTo(2);
      assertThat(server.answersTo("m", "canary")).isEqualTo(2);
      assertThat(server.answersTo("m", "")).as("the empty label").isEqualTo(1);
      assertThat(server.answers("m")).isEqualTo(2);

      server.reload(labelled(label("canary", 1)));
      assertThat(server.answersTo("m", "canary")).isEqualTo(1);
      assertThat(server.failure("m", "stable")).startsWith("INVALID_ARGUMENT: Unrecognized");

      server.reload(list());
      assertThat(server.failure("m", "canary")).startsWith("INVALID_ARGUMENT: Unrecognized");
    }
  }

  @Test
  @Spec({"H10", "SC-18", "SC-19"})
  @Proves("--allow_version_labels_for_unavailable_models")
  void withTheFlagANewLabelMayPointAnywhereAndAnOldOneMayNotMoveThere() throws Exception {
    try (ReloadingServer server =
        start(labelled(label("stable", 1)), "--allow_version_labels_for_unavailable_models=true")) {
      server.reload(labelled(label("stable", 1), label("next", 9)));
      assertThat(server.failure("m", "next"))
          .isEqualTo("NOT_FOUND: Servable not found for request: Specific(m, 9)");
      server.reload(labelled(label("stable", 1), label("next", 9)));

      assertThat(server.refusal(labelled(label("stable", 9)))).isEqualTo(REFUSED);
      assertThat(server.answersTo("m", "stable")).isEqualTo(1);
    }
  }

  /** The labels are for versions by the latest, all or specific policy alike. */
  @Test
  void labelOfAVersionThatTheReloadBringsIsRefusedUntilItServes() throws Exception {
    try (ReloadingServer server = ReloadingServer.start(folder, list(model(folder, "m")))) {
      String latestTwo = "model_version_policy { latest { num_versions: 2 } }";
      String both = list(model(folder, "m", latestTwo, label("old", 1), label("new", 2)));
      assertThat(server.refusal(both))
          .isEqualTo(
              "FAILED_PRECONDITION: Request to assign label to version 1 of model m, which is not"
                  + " currently available for inference");

      server.reload(list(model(folder, "m", latestTwo)));
      await("both serve", () -> server.server().server().available().size() == 2);
      server.reload(both);

      assertThat(server.answersTo("m", "old")).isEqualTo(1);
      assertThat(server.answersTo("m", "new")).isEqualTo(2);
    }
  }

  @Test
  void withoutIsolationAndFlagLabelsFailTheStart() {
    assertThatThrownBy(() -> start(labelled(label("stable", 1)), "--model_config_isolation=false"))
        .hasMessage(
            "Request to assign label to version 1 of model m, which is not currently available for"
                + " inference");
  }

  @Test
  void withTheFlagLabelsMayBeThereFromTheStart() throws Exception {
    try (ReloadingServer server =
        start(
            labelled(label("stable", 1)),
            "--model_config_isolation=false",
            "--allow_version_labels_for_unavailable_models")) {
      assertThat(server.answersTo("m", "stable")).isEqualTo(1);
    }
  }

  @Test
  void labelInTheFileMovesWhenItsVersionIsReadyAndAnswersAllTheWhile() throws Exception {
    String one = "model_version_policy { specific { versions: 1 } }";
    String three = "model_version_policy { specific { versions: 3 } }";
    try (ReloadingServer server =
        ReloadingServer.start(
            folder,
            list(model(folder, "m", one, label("stable", 1))),
            "--model_config_file_poll_wait_seconds=1")) {
      assertThat(server.answersTo("m", "stable")).isEqualTo(1);

      replace(list(model(folder, "m", one, label("stable", 3), label("next", 3))));
      await("the file is read", () -> server.failure("m", "next").startsWith("NOT_FOUND"));
      assertThat(server.answersTo("m", "stable")).isEqualTo(1);

      replace(list(model(folder, "m", three, label("stable", 3))));
      version(folder, "m", 3);
      await(
          "the label has moved",
          () -> {
            long answer = server.answersTo("m", "stable");
            assertThat(answer).as("the label always answers").isIn(1L, 3L);
            return answer == 3;
          });
      await("version 1 is gone", () -> server.server().server().available().size() == 1);
      assertThat(server.answersTo("m", "stable")).isEqualTo(3);
    }
  }

  private void replace(String config) throws Exception {
    Path next = Files.writeString(folder.resolve("next.config"), config);
    Files.move(next, folder.resolve("models.config"), StandardCopyOption.ATOMIC_MOVE);
  }
}
