package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackgroundLoaderTest {

  private static final ServableId ID = new ServableId("m", 7);

  private final List<String> events = new ArrayList<>();
  private final Recorded recorded = new Recorded();
  private boolean serving;
  private boolean failing;

  private final Loader loader =
      new BackgroundLoader(recorded, () -> serving, () -> events.add("lower"));

  private final class Recorded implements Loader {
    @Override
    public long estimateBytes() {
      events.add("estimate");
      return 12;
    }

    @Override
    public void load(ServableId id) {
      events.add("load " + id);
      if (failing) {
        throw StatusException.unavailable("disk");
      }
    }

    @Override
    public void unload() {
      events.add("unload");
    }

    @Override
    public Object servable() {
      return this;
    }
  }

  @Test
  void loadAtTheStartKeepsItsPriority() {
    loader.load(ID);
    assertThat(events).containsExactly("load {name: m version: 7}");
  }

  @Test
  void priorityIsLowBeforeALoadBesideRequestsBegins() {
    serving = true;
    loader.load(ID);
    assertThat(events).containsExactly("lower", "load {name: m version: 7}");
  }

  @Test
  void everyAttemptAsksAnewWhetherThereAreRequests() {
    failing = true;
    assertThatThrownBy(() -> loader.load(ID)).hasMessage("disk");
    serving = true;
    assertThatThrownBy(() -> loader.load(ID)).hasMessage("disk");
    assertThat(events)
        .containsExactly("load {name: m version: 7}", "lower", "load {name: m version: 7}");
  }

  @Test
  void allElseIsThatOfTheLoaderAndLeavesTheThreadAlone() {
    serving = true;
    assertThat(loader.estimateBytes()).isEqualTo(12);
    assertThat(loader.servable()).isSameAs(recorded);
    loader.unload();
    assertThat(events).containsExactly("estimate", "unload");
  }
}
