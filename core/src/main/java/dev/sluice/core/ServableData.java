package dev.sluice.core;

import dev.sluice.status.Status;
import java.util.Objects;

/**
 * One aspired version on its way from a {@link Source} to a manager: an id with what is needed to
 * load it, or an id with the reason why it can't be loaded. Failures travel as data, so that one
 * bad version does not stop its siblings.
 *
 * @param <T> what is handed on: a path, later a {@link Loader}
 */
public sealed interface ServableData<T> {

  /** Which version this is. */
  ServableId id();

  /** {@link Status#OK} if there is a payload, else the failure. */
  Status status();

  /**
   * What was handed on.
   *
   * @throws dev.sluice.status.StatusException the failure, if this carries one
   */
  T payload();

  /** A version with its payload. */
  static <T> ServableData<T> of(ServableId id, T payload) {
    return new Present<>(id, payload);
  }

  /**
   * A version that can't be loaded.
   *
   * @param status why; not OK
   */
  static <T> ServableData<T> error(ServableId id, Status status) {
    return new Failed<>(id, status);
  }

  /** A version with its payload. */
  record Present<T>(ServableId id, T payload) implements ServableData<T> {

    public Present {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(payload, "payload");
    }

    @Override
    public Status status() {
      return Status.OK;
    }
  }

  /** A version with the reason why it has no payload. */
  record Failed<T>(ServableId id, Status status) implements ServableData<T> {

    public Failed {
      Objects.requireNonNull(id, "id");
      if (status.isOk()) {
        throw new IllegalArgumentException("status OK for " + id + ", expected a failure");
      }
    }

    @Override
    public T payload() {
      throw status.toException();
    }
  }
}
