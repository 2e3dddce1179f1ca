package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvailabilityPreservingPolicyTest {

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "AP-1 | 1 unloading n, 2 error n, 3 ready a, 4 new a, 5 new a | LOAD 5",
        "AP-2 | 1 unloading n, 2 error n, 3 ready n, 4 ready a, 5 new a | UNLOAD 3",
        "AP-3 | 1 disabled n, 2 ready n, 3 error n | UNLOAD 2",
        "AP-4 | 1 ready a, 2 error a, 3 loading a, 4 unloading n, 5 disabled n | none",
        "AP-5 | 1 ready n, 2 loading a | none",
        "AP-6 | 1 ready n, 2 error a | none",
        "AP-7 | 1 ready n, 2 loading a, 3 ready a | UNLOAD 1",
        "AP-8 | 1 ready n, 2 error a, 3 ready a | UNLOAD 1",
        "AP-9 | 2 ready n, 1 ready n, 3 error a, 4 loading a | UNLOAD 1",
        "load before the only old one goes | 1 ready n, 2 new a | LOAD 2",
        "nothing managed | | none",
      })
  void actionFollowsTheTable(String id, String versions, String action) {
    // AP-1, AP-2, AP-3, AP-4, AP-5, AP-6, AP-7, AP-8, AP-9
    assertThat(Snapshots.next(new AvailabilityPreservingPolicy(), versions)).isEqualTo(action);
  }

  @Test
  void highestAspiredNewIsChosen() { // PO-1
    List<VersionSnapshot> versions = new ArrayList<>(Snapshots.parse("10 new n, 9 unloading a"));
    assertThat(VersionPolicy.highestAspiredNew(versions)).isEmpty();
    versions.addAll(Snapshots.parse("1 new a, 5 new a, 3 new a"));
    assertThat(VersionPolicy.highestAspiredNew(versions)).contains(new ServableId("m", 5));
  }
}
