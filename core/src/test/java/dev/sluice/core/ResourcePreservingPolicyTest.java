package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourcePreservingPolicyTest {

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "RP-1 | 1 unloading n, 2 ready a, 3 ready n, 4 new a, 5 ready n | UNLOAD 3",
        "RP-2 | 1 ready a, 2 loading a, 3 new a, 4 disabled n, 5 new a | LOAD 5",
        "RP-3 | 1 ready a, 2 error a, 3 loading a, 4 unloading n, 5 disabled n | none",
        "RP-4 | 1 unload-requested n, 2 new a | none",
        "RP-5 | 1 error n, 2 new a | LOAD 2",
        "RP-6 | 1 error n, 2 unload-requested n, 3 new a | none",
        "RP-7 | 1 error n, 2 disabled n, 3 new a | LOAD 3",
        "only what is aspired to is loaded | 1 ready a, 2 new a | LOAD 2",
        "nothing managed | | none",
      })
  void actionFollowsTheTable(String id, String versions, String action) {
    // RP-1, RP-2, RP-3, RP-4, RP-5, RP-6, RP-7
    assertThat(Snapshots.next(new ResourcePreservingPolicy(), versions)).isEqualTo(action);
  }
}
