package dev.sluice.server;

import dev.sluice.core.ServableState;
import java.util.List;

/**
 * Whether a model is answered, and where it stands.
 *
 * @param name the model
 * @param ready whether requests for it are answered now
 * @param why what it waits for, or why it can't be had; empty if it is ready
 * @param versions the last state of each version that is worth telling, highest first
 */
public record ModelReadiness(String name, boolean ready, String why, List<ServableState> versions) {

  public ModelReadiness {
    versions = List.copyOf(versions);
  }
}
