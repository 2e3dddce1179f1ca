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

class ForgettingLoaderTest {

  private final List<String> events = new ArrayList<>();

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

  @Test
  void modelIsForgottenWhileItIsStillThere() {
    Recorded recorded = new Recorded();
    Loader loader =
        new ForgettingLoader(
            recorded, model -> events.add(model == recorded.model ? "forget" : "another"));
    assertThat(loader.estimateBytes()).isEqualTo(7);
    loader.load(new ServableId("m", 1));
    assertThat(loader.servable()).isSameAs(recorded.model);
    loader.unload();
    assertThat(events).containsExactly("load", "forget", "unload");
  }

  @Test
  void modelIsUnloadedThoughForgettingFails() {
    Loader loader =
        new ForgettingLoader(
            new Recorded(),
            model -> {
              throw new IllegalStateException("no");
            });
    assertThatThrownBy(loader::unload).hasMessage("no");
    assertThat(events).containsExactly("unload");
  }
}
