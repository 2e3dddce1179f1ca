package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.HeldVersion;
import dev.sluice.core.ServableId;
import dev.sluice.core.ServableState;
import dev.sluice.core.ServableState.Stage;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddedModelsTest {

  private static final Status FLAW = new Status(StatusCode.DATA_LOSS, "half of it");

  private final List<Status> told = new ArrayList<>();
  private final Set<String> serving = new HashSet<>();

  private AddedModels models(boolean isolated, ServableId leftOver, String... names) {
    return new AddedModels(
        List.of(names), List.of(leftOver), isolated, serving::contains, told::add);
  }

  private AddedModels models(boolean isolated, String... names) {
    return models(isolated, new ServableId("other", 1), names);
  }

  private static ServableState state(String name, long version, Stage stage) {
    return new ServableState(new ServableId(name, version), stage, Status.OK, Instant.EPOCH);
  }

  private static ServableState failed(String name, long version) {
    return new ServableState(new ServableId(name, version), Stage.END, FLAW, Instant.EPOCH);
  }

  private static String unavailable(String why) {
    return "1 model(s) did not become available: {{" + why + "}, }";
  }

  @Test
  void noModelsAreThereAsSoonAsStorageWasLookedAt() {
    AddedModels none = models(true);
    assertThat(told).isEmpty();
    none.lookedAt();
    assertThat(told).containsExactly(Status.OK);
  }

  @Test
  void everyModelIsWaitedForAndItsBestVersionCounts() {
    AddedModels two = models(true, "a", "b");
    two.aspired("a", List.of(2L, 1L));
    two.aspired("b", List.of(5L));
    two.lookedAt();
    two.changed(failed("a", 2));
    assertThat(told).isEmpty();
    two.changed(state("b", 5, Stage.AVAILABLE));
    assertThat(told).isEmpty();
    two.changed(state("a", 1, Stage.AVAILABLE));

    assertThat(told).containsExactly(Status.OK);
    two.changed(failed("a", 1));
    assertThat(told).hasSize(1);
  }

  @Test
  void withoutIsolationTheFirstVersionThatFailsCounts() {
    AddedModels one = models(false, "a");
    one.aspired("a", List.of(2L, 1L));
    one.lookedAt();
    one.changed(failed("a", 2));

    assertThat(told)
        .containsExactly(
            new Status(
                StatusCode.UNKNOWN,
                unavailable("{name: a version: 2} due to error: DATA_LOSS: half of it")));
  }

  @Test
  void modelWithoutVersionsHasFailedOnlyWithIsolation() {
    AddedModels isolated = models(true, "a");
    isolated.aspired("a", List.of());
    isolated.lookedAt();
    assertThat(told)
        .extracting(Status::message)
        .containsExactly(
            unavailable(
                "{name: a} due to error: NOT_FOUND: no versions were found under its base path"));

    AddedModels notIsolated = models(false, "a");
    notIsolated.aspired("a", List.of());
    notIsolated.lookedAt();
    assertThat(told).hasSize(1);
    notIsolated.aspired("a", List.of(1L));
    notIsolated.changed(state("a", 1, Stage.AVAILABLE));
    assertThat(told).hasSize(2).last().isEqualTo(Status.OK);
  }

  @Test
  void versionThatIsBeingCopiedIsWaitedFor() {
    AddedModels one = models(true, "a");
    one.heldBack("a", List.of(new HeldVersion(new ServableId("a", 1), false)));
    one.lookedAt();
    assertThat(told).isEmpty();
    one.aspired("a", List.of(1L));
    one.heldBack("a", List.of());
    assertThat(told).isEmpty();
    one.changed(state("a", 1, Stage.AVAILABLE));
    assertThat(told).containsExactly(Status.OK);
  }

  @Test
  void endOfAnEarlierLifeCountsForNothing() {
    AddedModels one = models(true, new ServableId("a", 1), "a");
    one.aspired("a", List.of(1L));
    one.lookedAt();
    one.changed(state("a", 1, Stage.UNLOADING));
    one.changed(state("a", 1, Stage.END));
    one.changed(failed("a", 1));
    assertThat(told).isEmpty();
    one.changed(state("a", 1, Stage.START));
    one.changed(failed("a", 1));
    assertThat(told).singleElement().extracting(Status::code).isEqualTo(StatusCode.UNKNOWN);
  }

  @Test
  void modelThatNeverStoppedServingIsThere() {
    serving.add("a");
    AddedModels one = models(true, new ServableId("a", 1), "a");
    one.lookedAt();
    assertThat(told).containsExactly(Status.OK);
  }

  @Test
  void whoGivesUpSaysWhyForWhatIsNotThere() {
    AddedModels three = models(true, "a", "b", "c");
    three.aspired("a", List.of(1L));
    three.aspired("b", List.of(1L));
    three.aspired("c", List.of(1L));
    three.lookedAt();
    three.changed(state("a", 1, Stage.AVAILABLE));
    three.changed(failed("b", 1));
    three.giveUp(new Status(StatusCode.DEADLINE_EXCEEDED, "too late"));

    assertThat(told)
        .extracting(Status::message)
        .containsExactly(
            "2 model(s) did not become available: {{{name: b version: 1} due to error: DATA_LOSS:"
                + " half of it}, {{name: c} due to error: DEADLINE_EXCEEDED: too late}, }");
  }
}
