package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.Loader;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WarmingLoaderTest {

  private static final ServableId ID = new ServableId("m", 1);

  private final List<String> events = new ArrayList<>();
  private boolean fails;

  private static final class Nothing implements Model {
    @Override
    public SortedMap<String, Signature> signatures() {
      return new TreeMap<>();
    }

    @Override
    public TensorAllocator tensors() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  private final class Recorded implements Loader {
    private final Model model = new Nothing();

    @Override
    public long estimateBytes() {
      return 7;
    }

    @Override
    public void load(ServableId id) {
      events.add("load");
    }

    @Override
    public void unload() {
      events.add("unload");
    }

    @Override
    public Object servable() {
      return model;
    }
  }

  private Loader loader() {
    return new WarmingLoader(
        new Recorded(),
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
    assertThat(loader.estimateBytes()).isEqualTo(7);
    loader.load(ID);
    assertThat(events).containsExactly("load", "warm up m");
    assertThat(loader.servable()).isInstanceOf(Nothing.class);
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
