package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.sluice.model.DataType;
import dev.sluice.model.Model;
import dev.sluice.model.RunOptions;
import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
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
  private final SortedMap<String, Signature> signatures;
  private final TensorFlowTensors tensors = new TensorFlowTensors();
  private final Object merging = new Object();

  @GuardedBy("merging") private final Map<Set<String>, Signature> merged = new HashMap<>();

  /** Replaced as a whole, under the lock; so a run reads it without one. */
  private volatile IdentityHashMap<Signature, SignaturePorts> ports;

  /** Replaced as a whole as well. */
  private volatile IdentityHashMap<Signature, RunTraits> traits = new IdentityHashMap<>();

  /**
   * Loads the SavedModel in a directory.
   *
   * @throws StatusException as {@link SavedModelSession#load}
   */
  static TensorFlowModel load(Path directory, SessionOptions options) {
    SavedModelSession session = SavedModelSession.load(directory, options);
    try {
      TensorFlowModel model = new TensorFlowModel(session);
      model.prove(session.definition());
      return model;
    } catch (Throwable failure) {
      session.close();
      throw failure;
    } finally {
      session.forgetDefinition();
    }
  }

  private TensorFlowModel(SavedModelSession session) {
    this.session = session;
    this.signatures = Collections.unmodifiableSortedMap(session.signatures());
    IdentityHashMap<Signature, SignaturePorts> resolved = new IdentityHashMap<>();
    for (Signature signature : signatures.values()) {
      resolved.put(signature, SignaturePorts.resolve(session.graph(), signature));
    }
    this.ports = resolved;
  }

  /** Finds out what the runs are like, for which it makes some. */
  private void prove(Graph definition) {
    List<Signature> runnable =
        signatures.values().stream().filter(signature -> isRunnable(signature)).toList();
    Map<String, RunTraits> found = RunProofs.of(definition, runnable, this::run);
    IdentityHashMap<Signature, RunTraits> proven = new IdentityHashMap<>();
    runnable.forEach(signature ->
        proven.put(signature, found.getOrDefault(signature.name(), RunTraits.UNKNOWN)));
    traits = proven;
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
      return known != null ? known : merge(names, Signature.union(parts), parts);
    }
  }

  @GuardedBy("merging") private Signature merge(Set<String> names, Signature union, Collection<Signature> parts) {
    if (merged.size() == MOST_MERGED) {
      throw StatusException.resourceExhausted(
          "this model has run %d combinations of signatures already, the limit is %d",
          merged.size(), MOST_MERGED);
    }
    IdentityHashMap<Signature, SignaturePorts> more = new IdentityHashMap<>(ports);
    more.put(union, SignaturePorts.resolve(session.graph(), union));
    ports = more;
    IdentityHashMap<Signature, RunTraits> known = new IdentityHashMap<>(traits);
    known.put(union, RunProofs.union(parts, this::traits));
    traits = known;
    merged.put(names, union);
    return union;
  }

  @Override
  public List<Tensor> run(Signature signature, List<Tensor> inputs, RunOptions options) {
    SignaturePorts resolved = runnable(signature, inputs);
    List<TensorFlowTensor> copies = new ArrayList<>();
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      CApi.Ports in = new CApi.Ports(resolved.inputs(), feed(arena, inputs, copies), inputs.size());
      int outputs = signature.outputs().size();
      MemorySegment fetched = arena.allocate(ADDRESS, outputs);
      CApi.sessionRun(
          session.pointer(),
          NativeRunOptions.of(arena, options),
          in,
          new CApi.Ports(resolved.outputs(), fetched, outputs),
          status.pointer());
      status.check();
      return collect(fetched, outputs);
    } finally {
      copies.forEach(TensorFlowTensor::close);
    }
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

  /** The array of {@code TF_Tensor*}; what had to be copied for it is added to the list. */
  private static MemorySegment feed(
      Arena arena, List<Tensor> inputs, List<TensorFlowTensor> copies) {
    MemorySegment values = arena.allocate(ADDRESS, inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      TensorFlowTensor tensor = TensorFlowTensors.toNative(inputs.get(i));
      if (tensor != inputs.get(i)) {
        copies.add(tensor);
      }
      values.setAtIndex(ADDRESS, i, tensor.pointer());
    }
    return values;
  }

  /** Owns every pointer first, so that none is lost where one of them turns out unreadable. */
  private static List<Tensor> collect(MemorySegment fetched, int count) {
    List<Tensor> outputs = new ArrayList<>(count);
    int adopted = 0;
    try {
      while (adopted < count) {
        TensorFlowTensor tensor = TensorFlowTensor.adopt(fetched.getAtIndex(ADDRESS, adopted++));
        outputs.add(
            tensor.dataType() == DataType.STRING ? NativeStrings.fromNative(tensor) : tensor);
      }
      return outputs;
    } catch (Throwable failure) {
      outputs.forEach(Tensor::close);
      while (adopted < count) {
        TensorFlowTensor.discard(fetched.getAtIndex(ADDRESS, adopted++));
      }
      throw failure;
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
