package dev.sluice.tensorflow;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * A session over a loaded SavedModel.
 *
 * <p><b>Threading.</b> Any number of runs at once. {@link #close} must not overlap a run: the
 * lifecycle guarantees it, since it unloads a version only when every handle is back.
 */
final class TensorFlowModel implements Model, AutoCloseable {

  /**
   * How many combinations of signatures may be merged. A session keeps executors for each set of
   * tensors that was ever run, so clients must not be able to make any number of them. Eight
   * signatures have 247 combinations.
   */
  static final int MOST_MERGED = 256;

  private final SavedModelSession session;
  private final Frozen frozen;
  private final SortedMap<String, Signature> signatures;
  private final TensorFlowTensors tensors = new TensorFlowTensors();
  private final Object merging = new Object();

  @GuardedBy("merging") private final Map<Set<String>, Signature> merged = new HashMap<>();

  /** Replaced as a whole, under the lock; so a run reads it without one. */
  private volatile IdentityHashMap<Signature, SignaturePorts> ports;

  /** Replaced as a whole as well. */
  private volatile IdentityHashMap<Signature, RunTraits> traits = new IdentityHashMap<>();

  /** By the names of signatures; set once, by the loading thread. */
  private volatile Map<String, List<SampleInputs>> samples = Map.of();

  /**
   * Loads the SavedModel in a directory.
   *
   * @throws StatusException as {@link SavedModelSession#load}
   */
  static TensorFlowModel load(Path directory, SessionOptions options) {
    SavedModelSession session = SavedModelSession.load(directory, options);
    try {
      Graph definition = session.definition();
      TensorFlowModel model = new TensorFlowModel(session, frozen(session, definition, options));
      model.prove(definition);
      return model;
    } catch (Throwable failure) {
      session.close();
      throw failure;
    } finally {
      session.forgetDefinition();
    }
  }

  private static Frozen frozen(
      SavedModelSession session, Graph definition, SessionOptions options) {
    return options.freeze()
        ? Freezer.freeze(session, definition)
        : Freezer.nothing(session, "--freeze_models=false");
  }

  private TensorFlowModel(SavedModelSession session, Frozen frozen) {
    this.session = session;
    this.frozen = frozen;
    this.signatures = Collections.unmodifiableSortedMap(session.signatures());
    IdentityHashMap<Signature, SignaturePorts> resolved = new IdentityHashMap<>();
    for (Signature signature : signatures.values()) {
      resolved.put(signature, ports(List.of(signature), signature));
    }
    this.ports = resolved;
  }

  /** Finds out what the runs are like, for which it makes some. */
  private void prove(Graph definition) {
    List<Signature> runnable =
        signatures.values().stream().filter(signature -> isRunnable(signature)).toList();
    RunProofs.Found found = RunProofs.of(definition, runnable, this::run);
    IdentityHashMap<Signature, RunTraits> proven = new IdentityHashMap<>();
    runnable.forEach(signature ->
        proven.put(signature, found.traits().getOrDefault(signature.name(), RunTraits.UNKNOWN)));
    traits = proven;
    samples = Map.copyOf(found.samples());
  }

  private boolean isRunnable(Signature signature) {
    SignaturePorts resolved = ports.get(signature);
    return resolved != null && resolved.problem() == null;
  }

  @Override
  public RunTraits traits(Signature signature) {
    return traits.getOrDefault(signature, RunTraits.UNKNOWN);
  }

  @Override
  public SortedMap<String, Signature> signatures() {
    return signatures;
  }

  @Override
  public TensorAllocator tensors() {
    return tensors;
  }

  @Override
  public Signature merged(Collection<Signature> parts) {
    if (parts.size() == 1) {
      return parts.iterator().next();
    }
    Set<String> names = parts.stream().map(Signature::name).collect(Collectors.toSet());
    // The lock is held while names are looked up in the graph, which blocks on nothing.
    synchronized (merging) {
      Signature known = merged.get(names);
      return known != null ? known : merge(names, parts);
    }
  }

  /** Frozen where all of the parts are; one run can't be half of each. */
  private SignaturePorts ports(Collection<Signature> parts, Signature whole) {
    Map<String, Port> elsewhere = new HashMap<>();
    for (Signature part : parts) {
      Map<String, Port> fetches = frozen.fetches(part);
      if (fetches == null) {
        return SignaturePorts.resolve(session.graph(), whole);
      }
      elsewhere.putAll(fetches);
    }
    return SignaturePorts.resolve(session.graph(), whole, elsewhere);
  }

  @GuardedBy("merging") private Signature merge(Set<String> names, Collection<Signature> parts) {
    Signature union = Signature.union(parts);
    if (merged.size() == MOST_MERGED) {
      throw StatusException.resourceExhausted(
          "this model has run %d combinations of signatures already, the limit is %d",
          merged.size(), MOST_MERGED);
    }
    IdentityHashMap<Signature, SignaturePorts> more = new IdentityHashMap<>(ports);
    more.put(union, ports(parts, union));
    ports = more;
    IdentityHashMap<Signature, RunTraits> known = new IdentityHashMap<>(traits);
    known.put(union, RunProofs.union(parts, this::traits));
    traits = known;
    merged.put(names, union);
    return union;
  }

  @Override
  public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
    return NativeRun.run(session.pointer(), runnable(signature, inputs), inputs, options);
  }

  @Override
  public List<IntFunction<List<Tensor>>> samples(Signature signature) {
    return samples.getOrDefault(signature.name(), List.of()).stream()
        .<IntFunction<List<Tensor>>>map(way -> way::make)
        .toList();
  }

  @Override
  public String graphNote(Signature signature) {
    return frozen.notes().getOrDefault(signature.name(), "as its parts, frozen if all of them are");
  }

  private SignaturePorts runnable(Signature signature, List<Tensor> inputs) {
    SignaturePorts resolved = ports.get(signature);
    if (resolved == null) {
      throw StatusException.internal(
          "signature %s belongs to another model or version", signature.name());
    }
    if (resolved.problem() != null) {
      throw StatusException.invalidArgument(
          "signature %s cannot run: %s", signature.name(), resolved.problem());
    }
    if (inputs.size() != signature.inputs().size()) {
      throw StatusException.internal(
          "%d tensors for the %d inputs of signature %s",
          inputs.size(), signature.inputs().size(), signature.name());
    }
    return resolved;
  }

  @Override
  public void close() {
    session.close();
  }
}
