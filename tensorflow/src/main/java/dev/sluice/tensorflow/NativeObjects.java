package dev.sluice.tensorflow;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the native objects that are open, by kind. Native memory has no garbage collector: a
 * number that does not come back is a leak, and tests say so. Thread-safe.
 */
public final class NativeObjects {

  /** What TensorFlow hands out and takes back. */
  public enum Kind {
    BUFFER,
    GRAPH,
    IMPORT_OPTIONS,
    SESSION,
    SESSION_OPTIONS,
    STATUS,
    /** String cells that TensorFlow was lent and has not given back. */
    STRINGS,
    TENSOR
  }

  private static final Map<Kind, LongAdder> OPEN = new EnumMap<>(Kind.class);

  static {
    for (Kind kind : Kind.values()) {
      OPEN.put(kind, new LongAdder());
    }
  }

  private NativeObjects() {}

  /** How many are open; exact when nothing runs. Kinds of which none is open are left out. */
  public static Map<Kind, Long> open() {
    Map<Kind, Long> open = new EnumMap<>(Kind.class);
    OPEN.forEach((kind, count) -> {
      if (count.sum() != 0) {
        open.put(kind, count.sum());
      }
    });
    return open;
  }

  static void opened(Kind kind) {
    counter(kind).increment();
  }

  static void closed(Kind kind) {
    counter(kind).decrement();
  }

  private static LongAdder counter(Kind kind) {
    LongAdder counter = OPEN.get(kind);
    if (counter == null) {
      throw new IllegalStateException("no counter for " + kind);
    }
    return counter;
  }
}
