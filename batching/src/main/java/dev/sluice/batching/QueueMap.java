package dev.sluice.batching;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The queues of all models by model and signature, both by identity. A look-up takes no lock: the
 * maps are replaced as a whole, which happens at a signature's first call and at an unload only.
 *
 * <p><b>Threading.</b> Safe from any thread.
 */
final class QueueMap {

  private final BiFunction<Model, Signature, CallQueue> maker;

  private volatile IdentityHashMap<Model, IdentityHashMap<Signature, CallQueue>> queues =
      new IdentityHashMap<>();

  @GuardedBy("this") private boolean closed;

  /**
   * @param maker makes a queue at its first call; called under a lock, so it must not block
   */
  QueueMap(BiFunction<Model, Signature, CallQueue> maker) {
    this.maker = maker;
  }

  /** The queue of a signature, made where there is none. Null once closed, for one without. */
  @Nullable CallQueue get(Model model, Signature signature) {
    IdentityHashMap<Signature, CallQueue> ofModel = queues.get(model);
    CallQueue queue = ofModel == null ? null : ofModel.get(signature);
    return queue != null ? queue : make(model, signature);
  }

  private synchronized @Nullable CallQueue make(Model model, Signature signature) {
    IdentityHashMap<Signature, CallQueue> known = queues.get(model);
    CallQueue other = known == null ? null : known.get(signature);
    if (other != null || closed) {
      return other;
    }
    IdentityHashMap<Signature, CallQueue> ofModel =
        known == null ? new IdentityHashMap<>() : new IdentityHashMap<>(known);
    CallQueue queue = maker.apply(model, signature);
    ofModel.put(signature, queue);
    IdentityHashMap<Model, IdentityHashMap<Signature, CallQueue>> all =
        new IdentityHashMap<>(queues);
    all.put(model, ofModel);
    queues = all;
    return queue;
  }

  /** The queues of a model; none if it was never called. */
  Collection<CallQueue> of(Model model) {
    IdentityHashMap<Signature, CallQueue> ofModel = queues.get(model);
    return ofModel == null ? List.of() : ofModel.values();
  }

  /** Every queue there is. */
  List<CallQueue> all() {
    List<CallQueue> all = new ArrayList<>();
    queues.values().forEach(ofModel -> all.addAll(ofModel.values()));
    return all;
  }

  /** Drops the queues of a model and returns them. */
  synchronized Collection<CallQueue> remove(Model model) {
    IdentityHashMap<Model, IdentityHashMap<Signature, CallQueue>> rest =
        new IdentityHashMap<>(queues);
    IdentityHashMap<Signature, CallQueue> removed = rest.remove(model);
    queues = rest;
    return removed == null ? List.of() : removed.values();
  }

  /** No queue is made any more; returns those there are, which can still be found. */
  synchronized List<CallQueue> close() {
    closed = true;
    return all();
  }
}
