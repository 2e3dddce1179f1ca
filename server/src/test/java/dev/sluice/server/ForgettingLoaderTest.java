package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForgettingLoaderTest {

  private final List<String> events = new ArrayList<>();
  private final RecordedLoader recorded = new RecordedLoader(events);

  @Test
  void modelIsForgottenWhileItIsStillThere() {
    Loader loader =
        new ForgettingLoader(
            recorded, model -> events.add(model == recorded.servable() ? "forget" : "another"));
    assertThat(loader.estimateBytes()).isEqualTo(RecordedLoader.BYTES);
    loader.load(new ServableId("m", 1));
    assertThat(loader.servable()).isSameAs(recorded.servable());
    loader.unload();
    assertThat(events).containsExactly("load", "forget", "unload");
  }

  @Test
  void modelIsUnloadedThoughForgettingFails() {
    Loader loader =
        new ForgettingLoader(
            recorded,
            model -> {
              throw new IllegalStateException("no");
            });
    assertThatThrownBy(loader::unload).hasMessage("no");
    assertThat(events).containsExactly("unload");
  }
}
