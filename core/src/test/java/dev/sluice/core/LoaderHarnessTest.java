package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoaderHarnessTest {

  private static final ServableId ID = new ServableId("m", 7);

  private final List<Status> ends = new ArrayList<>();
  private final List<Status> errors = new ArrayList<>();
  private final FakeLoader loader = FakeLoader.good();

  private LoaderHarness harness(int retries) {
    LoadRetry retry =
        new LoadRetry(
            retries,
            Duration.ZERO,
            status -> status.code() != StatusCode.UNIMPLEMENTED,
            LoadRetry.Pause.TIMED);
    return new LoaderHarness(
        ServableData.of(ID, loader),
        retry,
        (id, status) -> {
          assertThat(id).isEqualTo(ID);
          ends.add(status);
          if (!status.isOk()) {
            errors.add(status);
          }
        });
  }

  private static void load(LoaderHarness harness) {
    harness.requestLoad();
    harness.approveLoad();
    harness.load();
  }

  private LoaderHarness loaded() {
    LoaderHarness harness = harness(0);
    load(harness);
    harness.ready();
    return harness;
  }

  @Test
  void newHarnessIsHealthy() { // LH-1
    LoaderHarness harness = harness(0);
    assertThat(harness.state()).isEqualTo(HarnessState.NEW);
    assertThat(harness.status()).isEqualTo(Status.OK);
  }

  @Test
  void loadPassesEveryStateInOrder() { // LH-2, LH-3
    LoaderHarness harness = harness(0);
    List<HarnessState> seen = new ArrayList<>();
    loader.onLoad(_ -> seen.add(harness.state()));
    harness.requestLoad();
    seen.add(harness.state());
    harness.approveLoad();
    seen.add(harness.state());
    Object servable = harness.load();
    harness.ready();
    seen.add(harness.state());
    assertThat(seen)
        .containsExactly(
            HarnessState.LOAD_REQUESTED,
            HarnessState.LOAD_APPROVED,
            HarnessState.LOADING,
            HarnessState.READY);
    assertThat(servable).isSameAs(loader.servable());
    assertThat(loader.loadedAs).isEqualTo(ID);
  }

  @Test
  void failedLoadEndsInErrorAndTellsOnce() { // LH-4
    loader.onLoad(_ -> {
      throw StatusException.unavailable("disk");
    });
    LoaderHarness harness = harness(0);
    assertThatThrownBy(() -> load(harness)).hasMessage("disk");
    assertThat(harness.state()).isEqualTo(HarnessState.ERROR);
    assertThat(harness.status()).isEqualTo(new Status(StatusCode.UNAVAILABLE, "disk"));
    assertThat(errors).containsExactly(harness.status());
    assertThatThrownBy(harness::requestLoad).hasMessage("disk");
  }

  @Test
  void errorThrownByTheLoaderIsAFailedLoad() {
    for (Error error : List.of(new OutOfMemoryError("heap"), new NoClassDefFoundError("x/Y"))) {
      loader.onLoad(_ -> {
        throw error;
      });
      LoaderHarness harness = harness(0);
      assertThatThrownBy(() -> load(harness)).hasMessage(error.toString());
      assertThat(harness.state()).isEqualTo(HarnessState.ERROR);
      assertThat(harness.status().code()).isEqualTo(StatusCode.INTERNAL);
    }
  }

  @Test
  void unloadPassesEveryStateInOrder() { // LH-5
    LoaderHarness harness = loaded();
    List<HarnessState> seen = new ArrayList<>();
    harness.requestUnload();
    seen.add(harness.state());
    harness.startQuiescing();
    seen.add(harness.state());
    harness.finishQuiescing();
    seen.add(harness.state());
    loader.onUnload(() -> seen.add(harness.state()));
    harness.unload();
    seen.add(harness.state());
    assertThat(seen)
        .containsExactly(
            HarnessState.UNLOAD_REQUESTED,
            HarnessState.QUIESCING,
            HarnessState.QUIESCED,
            HarnessState.UNLOADING,
            HarnessState.DISABLED);
    assertThat(loader.unloads).hasValue(1);
    assertThat(ends).containsExactly(Status.OK);
  }

  @Test
  void endIsToldBeforeTheIdIsFree() {
    List<HarnessState> told = new ArrayList<>();
    LoaderHarness[] self = new LoaderHarness[1];
    LoadRetry once = new LoadRetry(0, Duration.ZERO, _ -> true, LoadRetry.Pause.TIMED);
    for (boolean good : new boolean[] {true, false}) {
      FakeLoader own =
          good ? FakeLoader.good() : FakeLoader.failing(StatusException.unavailable("disk"));
      self[0] =
          new LoaderHarness(ServableData.of(ID, own), once, (_, _) -> told.add(self[0].state()));
      if (good) {
        load(self[0]);
        self[0].ready();
        self[0].requestUnload();
        self[0].startQuiescing();
        self[0].finishQuiescing();
        self[0].unload();
      } else {
        assertThatThrownBy(() -> load(self[0])).hasMessage("disk");
      }
    }
    assertThat(told).containsExactly(HarnessState.UNLOADING, HarnessState.LOADING);
  }

  @Test
  void unloadThatThrowsEndsInError() {
    LoaderHarness harness = loaded();
    loader.onUnload(() -> {
      throw new IllegalStateException("stuck");
    });
    harness.requestUnload();
    harness.startQuiescing();
    harness.finishQuiescing();
    assertThatThrownBy(harness::unload).hasMessageContaining("stuck");
    assertThat(harness.state()).isEqualTo(HarnessState.ERROR);
    assertThat(errors).hasSize(1);
  }

  @Test
  void failureFromOutsideEndsAnyState() { // LH-6
    Status failure = new Status(StatusCode.UNKNOWN, "outside");
    LoaderHarness fresh = harness(0);
    fresh.fail(failure);
    LoaderHarness ready = loaded();
    ready.fail(failure);
    assertThat(List.of(fresh, ready)).allMatch(h -> h.state() == HarnessState.ERROR);
    assertThat(errors).containsExactly(failure, failure);
  }

  @Test
  void noteThatNobodyWantsTheVersionIsKeptAndChangesNothingElse() { // LH-7
    LoaderHarness harness = loaded();
    assertThat(harness.isAspired()).isTrue();
    assertThat(harness.snapshot()).isEqualTo(new VersionSnapshot(ID, HarnessState.READY, true));
    harness.markUnaspired();
    assertThat(harness.isAspired()).isFalse();
    assertThat(harness.snapshot()).isEqualTo(new VersionSnapshot(ID, HarnessState.READY, false));
    assertThat(harness.isCancelled()).isFalse();
    assertThat(loader.unloads).hasValue(0);
    assertThat(ends).isEmpty();
  }

  @Test
  void secondLoadRequestIsRefused() { // LH-8
    LoaderHarness harness = harness(0);
    harness.requestLoad();
    StatusException refusal = catchThrowableOfType(StatusException.class, harness::requestLoad);
    assertThat(refusal.code()).isEqualTo(StatusCode.FAILED_PRECONDITION);
    assertThat(refusal).hasMessageStartingWith("Duplicate load request");
    assertThat(harness.state()).isEqualTo(HarnessState.LOAD_REQUESTED);
  }

  @Test
  void secondUnloadRequestIsRefused() { // LH-9
    LoaderHarness harness = loaded();
    harness.requestUnload();
    StatusException refusal = catchThrowableOfType(StatusException.class, harness::requestUnload);
    assertThat(refusal.code()).isEqualTo(StatusCode.FAILED_PRECONDITION);
    assertThat(refusal)
        .hasMessageStartingWith("Servable not loaded, or unload already requested/ongoing");
    assertThat(harness.state()).isEqualTo(HarnessState.UNLOAD_REQUESTED);
  }

  @Test
  void retryAfterAFailureSucceeds() { // LH-10
    loader.onLoad(number -> {
      if (number == 1) {
        throw StatusException.unavailable("first");
      }
    });
    LoaderHarness harness = harness(1);
    load(harness);
    harness.ready();
    assertThat(harness.state()).isEqualTo(HarnessState.READY);
  }

  @Test
  void retriesExhaustedGiveTheLastFailure() { // LH-11
    loader.onLoad(number -> {
      throw StatusException.unavailable("try %d", number);
    });
    LoaderHarness harness = harness(1);
    assertThatThrownBy(() -> load(harness)).hasMessage("try 2");
    assertThat(loader.loads).hasValue(2);
  }

  @Test
  void cancelDuringAFailingAttemptAllowsNoOther() { // LH-12
    LoaderHarness harness = harness(10);
    loader.onLoad(_ -> {
      harness.cancelLoad();
      throw StatusException.unavailable("first");
    });
    assertThatThrownBy(() -> load(harness)).hasMessage("first");
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void cancelDuringASucceedingAttemptUnloads() { // LH-13
    LoaderHarness harness = harness(0);
    loader.onLoad(_ -> harness.cancelLoad());
    StatusException failure = catchThrowableOfType(StatusException.class, () -> load(harness));
    assertThat(failure.status())
        .isEqualTo(new Status(StatusCode.CANCELLED, "Loading of servable cancelled"));
    assertThat(loader.unloads).hasValue(1);
    assertThat(harness.state()).isEqualTo(HarnessState.DISABLED);
    assertThat(ends).containsExactly(failure.status());
  }

  @Test
  void failureThatIsNotRetryableIsTheLast() { // LH-14
    loader.onLoad(_ -> {
      throw StatusException.unimplemented("never");
    });
    LoaderHarness harness = harness(10);
    assertThatThrownBy(() -> load(harness)).hasMessage("never");
    assertThat(loader.loads).hasValue(1);
  }

  @Test
  void illegalStepEndsInError() {
    LoaderHarness harness = harness(0);
    assertThatThrownBy(harness::approveLoad)
        .hasMessage("Illegal request to transition from state new to load-approved");
    assertThat(harness.state()).isEqualTo(HarnessState.ERROR);
    assertThat(errors).hasSize(1);
    assertThat(errors.getFirst().code()).isEqualTo(StatusCode.INTERNAL);
  }

  private static final Map<HarnessState, Set<HarnessState>> LEGAL =
      Map.of(
          HarnessState.NEW, EnumSet.of(HarnessState.LOAD_REQUESTED),
          HarnessState.LOAD_REQUESTED, EnumSet.of(HarnessState.LOAD_APPROVED),
          HarnessState.LOAD_APPROVED, EnumSet.of(HarnessState.LOADING),
          HarnessState.LOADING, EnumSet.of(HarnessState.READY, HarnessState.UNLOADING),
          HarnessState.READY, EnumSet.of(HarnessState.UNLOAD_REQUESTED),
          HarnessState.UNLOAD_REQUESTED, EnumSet.of(HarnessState.QUIESCING),
          HarnessState.QUIESCING, EnumSet.of(HarnessState.QUIESCED),
          HarnessState.QUIESCED, EnumSet.of(HarnessState.UNLOADING),
          HarnessState.UNLOADING, EnumSet.of(HarnessState.DISABLED));

  @ParameterizedTest
  @EnumSource
  void onlyListedTransitionsAreLegal(HarnessState from) {
    Set<HarnessState> legal = EnumSet.of(HarnessState.ERROR);
    legal.addAll(LEGAL.getOrDefault(from, Set.of()));
    for (HarnessState to : HarnessState.values()) {
      assertThat(from.mayBecome(to)).as("%s -> %s", from, to).isEqualTo(legal.contains(to));
    }
  }

  @Test
  void milestonesAreLoggedAsOperatorsKnowThem() {
    try (RecordedLog log = RecordedLog.of(LoaderHarness.class)) {
      LoaderHarness harness = loaded();
      harness.requestUnload();
      harness.startQuiescing();
      harness.finishQuiescing();
      harness.unload();
      harness.fail(new Status(StatusCode.UNKNOWN, "late"));
      assertThat(log.lines())
          .containsExactly(
              "INFO Approving load for servable version {name: m version: 7}",
              "INFO Loading servable version {name: m version: 7}",
              "INFO Successfully loaded servable version {name: m version: 7}",
              "INFO Quiescing servable version {name: m version: 7}",
              "INFO Done quiescing servable version {name: m version: 7}",
              "INFO Unloading just-loaded servable version {name: m version: 7}",
              "INFO Done unloading servable version {name: m version: 7}",
              "SEVERE Encountered an error for servable version {name: m version: 7}:"
                  + " UNKNOWN: late");
    }
  }
}
