package dev.sluice.core;

import dev.sluice.status.Status;
import java.time.Instant;
import java.util.Objects;

/**
 * What happened to one version, as an event.
 *
 * @param id the version
 * @param stage what it has come to
 * @param health OK, but for {@link Stage#END}, where it may be the failure that ended it
 * @param time when
 */
public record ServableState(ServableId id, Stage stage, Status health, Instant time) {

  public ServableState {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(time, "time");
    if (stage != Stage.END && !health.isOk()) {
      throw new IllegalArgumentException("health " + health + " at " + stage + ", expected OK");
    }
  }

  /**
   * The stations of a version as clients see them, in order. A failed version goes straight to
   * {@link #END} from wherever it is.
   */
  public enum Stage {
    /** Managed, not loading yet. */
    START(10),
    /** About to load. */
    LOADING(20),
    /** Look-ups find it. */
    AVAILABLE(30),
    /** Look-ups are about to stop finding it. */
    UNLOADING(40),
    /** Gone, or failed. */
    END(50);

    private final int number;

    Stage(int number) {
      this.number = number;
    }

    /** The number in the model status API. */
    public int number() {
      return number;
    }
  }
}
