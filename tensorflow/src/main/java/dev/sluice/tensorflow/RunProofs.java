package dev.sluice.tensorflow;

import dev.sluice.model.RunTraits;
import dev.sluice.model.Signature;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what the runs of a model's signatures are like: by a walk over the graph of each, and,
 * where the walk proves that rows stay apart, by a probe. Used by the loading thread, once for a
 * model.
 */
final class RunProofs {

  private final Graph graph;
  private final RowProbe.Runs runs;
  private final Map<String, Walked> walked = new HashMap<>();
  private @Nullable String writer;

  /**
   * What was found out, by the names of the signatures.
   *
   * @param traits of every one
   * @param samples how inputs can be made up; only of those whose runs just compute
   */
  record Found(Map<String, RunTraits> traits, Map<String, List<SampleInputs>> samples) {}

  /** What came of a walk. */
  private record Walked(Signature signature, FlatGraph flat, Findings findings) {}

  private RunProofs(Graph graph, RowProbe.Runs runs) {
    this.graph = graph;
    this.runs = runs;
  }

  /**
   * Finds it out.
   *
   * @param signatures all that can run; what one of them writes is not constant for the others
   * @param runs how the probe makes its runs
   */
  static Found of(Graph graph, Collection<Signature> signatures, RowProbe.Runs runs) {
    RunProofs proofs = new RunProofs(graph, runs);
    Map<String, RunTraits> traits = new HashMap<>();
    for (Signature signature : signatures) {
      try {
        proofs.walk(signature);
      } catch (RuntimeException unreadable) {
        // Graphs come from outside. Whatever in one is beyond the walk, the model can be served.
        proofs.writer = signature.name();
        traits.put(signature.name(), unknown(unreadable));
      }
    }
    for (Signature signature : signatures) {
      traits.computeIfAbsent(signature.name(), _ -> proofs.judge(signature));
    }
    return new Found(traits, proofs.samples());
  }

  private Map<String, List<SampleInputs>> samples() {
    Map<String, List<SampleInputs>> samples = new HashMap<>();
    walked.forEach((name, of) -> {
      if (leavesNothing(of.findings())) {
        samples.put(name, samples(of));
      }
    });
    return samples;
  }

  /** Nor does it see what others leave: a model that keeps a state is left alone as a whole. */
  private boolean leavesNothing(Findings findings) {
    boolean readsState = findings.reading() != null && writer != null;
    return findings.state() == null
        && !findings.writes()
        && findings.waiting() == null
        && !readsState;
  }

  private static List<SampleInputs> samples(Walked of) {
    try {
      return SampleInputs.lasting(of.signature(), of.flat());
    } catch (RuntimeException beyondThem) { // sizes whose product is no number, say
      return List.of();
    }
  }

  private static RunTraits unknown(RuntimeException unreadable) {
    return new RunTraits(false, false, "the graph can't be walked: " + unreadable.getMessage());
  }

  private void walk(Signature signature) {
    FlatGraph flat = FlatGraph.of(graph, signature);
    Findings findings = new RowWalk(RowOps.LISTED, flat).walk(signature);
    walked.put(signature.name(), new Walked(signature, flat, findings));
    if (findings.writes()) {
      writer = signature.name();
    }
  }

  private RunTraits judge(Signature signature) {
    Walked of = walked.get(signature.name());
    if (of == null) {
      return RunTraits.UNKNOWN;
    }
    Findings findings = of.findings();
    String against = objection(findings);
    RowProbe.Verdict verdict =
        against != null
            ? new RowProbe.Verdict(false, against)
            : new RowProbe(runs, signature, System::nanoTime)
                .probe(SampleInputs.of(signature, of.flat()));
    String words =
        against == null ? "every op keeps the rows apart, and " + verdict.words() : verdict.words();
    String waiting = findings.waiting();
    String reason = waiting == null ? words : words + "; " + waiting;
    return new RunTraits(verdict.agrees(), waiting == null, reason);
  }

  /** What the walk found against sharing; null for nothing. */
  private @Nullable String objection(Findings findings) {
    Flow.Cause state = findings.state();
    Flow.Cause coupling = findings.coupling();
    Flow.Cause reading = findings.reading();
    if (state != null) {
      return state.what();
    }
    if (reading != null && writer != null) {
      return "%s, as signature %s does".formatted(reading.what(), writer);
    }
    return coupling == null ? null : coupling.what();
  }

  /** What is known of a run that computes several signatures: what holds for all of them. */
  static RunTraits union(Collection<Signature> parts, Function<Signature, RunTraits> traits) {
    boolean rowWise = true;
    boolean neverWaits = true;
    String reason = "as each of its signatures";
    for (Signature part : parts) {
      RunTraits own = traits.apply(part);
      if ((rowWise && !own.rowWise()) || (neverWaits && !own.neverWaits())) {
        reason = "signature %s: %s".formatted(part.name(), own.reason());
      }
      rowWise &= own.rowWise();
      neverWaits &= own.neverWaits();
    }
    return new RunTraits(rowWise, neverWaits, reason);
  }
}
