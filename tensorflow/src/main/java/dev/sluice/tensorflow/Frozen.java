package dev.sluice.tensorflow;

import dev.sluice.model.Signature;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What freezing made of a model. Immutable.
 *
 * @param fetches for each signature that was frozen, by its name: what to fetch in the place of
 *     each output, by the output's engine name
 * @param notes for each signature by its name, in one sentence, whether it runs frozen or as loaded
 *     and why
 */
record Frozen(Map<String, Map<String, Port>> fetches, Map<String, String> notes) {

  Frozen {
    fetches = Map.copyOf(fetches);
    notes = Map.copyOf(notes);
  }

  /** What to fetch in the place of a signature's outputs; null if it runs as loaded. */
  @Nullable Map<String, Port> fetches(Signature signature) {
    return fetches.get(signature.name());
  }
}
