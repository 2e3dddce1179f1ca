package dev.sluice.core;

/** Which servable a caller wants: one version, or the highest or lowest that is ready. */
public sealed interface ServableRequest {

  /** The servable's name. */
  String name();

  /** Exactly this version. */
  static ServableRequest specific(String name, long version) {
    return new Specific(name, version);
  }

  /** The highest version that is ready, which need not be the highest that is known. */
  static ServableRequest latest(String name) {
    return new Latest(name);
  }

  /** The lowest version that is ready. */
  static ServableRequest earliest(String name) {
    return new Earliest(name);
  }

  /** Exactly this id. */
  static ServableRequest of(ServableId id) {
    return new Specific(id.name(), id.version());
  }

  /** A request for one version. */
  record Specific(String name, long version) implements ServableRequest {

    /** The id asked for. */
    public ServableId id() {
      return new ServableId(name, version);
    }

    @Override
    public String toString() {
      return "Specific(" + name + ", " + version + ")";
    }
  }

  /** A request for the highest ready version. */
  record Latest(String name) implements ServableRequest {
    @Override
    public String toString() {
      return "Latest(" + name + ")";
    }
  }

  /** A request for the lowest ready version. */
  record Earliest(String name) implements ServableRequest {
    @Override
    public String toString() {
      return "Earliest(" + name + ")";
    }
  }
}
