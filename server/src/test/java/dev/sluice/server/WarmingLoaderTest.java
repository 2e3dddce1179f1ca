package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmingLoaderTest {

  private static final ServableId ID = new ServableId("m", 1);

  private final List<String> events = new ArrayList<>();
  private final RecordedLoader recorded = new RecordedLoader(events);
  private boolean fails;

  private Loader loader() {
    return new WarmingLoader(
        recorded,
        (id, model) -> {
          events.add("warm up " + id.name());
          if (fails) {
            throw new IllegalStateException("cold");
          }
        },
        model -> events.add("forget"));
  }

  @Test
  void modelIsWarmedUpWithinTheLoad() {
    Loader loader = loader();
    assertThat(loader.estimateBytes()).isEqualTo(RecordedLoader.BYTES);
    loader.load(ID);
    assertThat(events).containsExactly("load", "warm up m");
    assertThat(loader.servable()).isSameAs(recorded.servable());
    loader.unload();
    assertThat(events).endsWith("unload");
  }

  @Test
  void failureLeavesNothingBehindAndTheNextAttemptBeginsAnew() {
    Loader loader = loader();
    fails = true;
    assertThatThrownBy(() -> loader.load(ID)).hasMessage("cold");
    assertThat(events).containsExactly("load", "warm up m", "forget", "unload");
    events.clear();
    fails = false;
    loader.load(ID);
    assertThat(events).containsExactly("load", "warm up m");
  }
}
