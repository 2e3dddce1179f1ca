package dev.sluice.server;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorSpec;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.protocol.MultiInferenceEnvelope;
import dev.sluice.server.record.LoggedTask;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one request asks of its examples: one task or several, found in the model, checked, and
 * brought together in the one signature that is run for all of them.
 */
final class InferenceTasks {

  private record Task(InferenceMethod method, Signature signature) {}

  private final List<Task> tasks;
  private final Signature run;

  private final boolean multiInference;

  private InferenceTasks(List<Task> tasks, Signature run, boolean multiInference) {
    this.multiInference = multiInference;
    this.tasks = tasks;
    this.run = run;
  }

  /**
   * The task of a Classify or Regress request.
   *
   * @throws StatusException INVALID_ARGUMENT if the model lacks the signature or it does not fit
   */
  static InferenceTasks one(
      Model model, InferenceMethod method, String signatureName, boolean checksMethodNames) {
    String name = Signature.nameOrDefault(signatureName);
    Signature signature = model.signatures().get(name);
    if (signature == null) {
      throw StatusException.invalidArgument("No signature was found with the name: %s", name);
    }
    method.check(signature, checksMethodNames);
    return new InferenceTasks(List.of(new Task(method, signature)), signature, false);
  }

  /**
   * The tasks of a MultiInference request.
   *
   * @throws StatusException INVALID_ARGUMENT for the first task that asks another model, a
   *     signature for the second time or one that is not there or does not fit, UNIMPLEMENTED for
   *     one that is neither classify nor regress
   */
  static InferenceTasks several(
      Model model, List<MultiInferenceEnvelope.Task> requested, boolean checksMethodNames) {
    List<Task> tasks = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (MultiInferenceEnvelope.Task task : requested) {
      checkModel(task.model().name(), requested.getFirst().model().name());
      String name = task.model().signature();
      if (!names.add(name)) {
        throw StatusException.invalidArgument("Duplicate evaluation of signature: %s", name);
      }
      Signature signature = model.signatures().get(name);
      if (signature == null) {
        throw StatusException.invalidArgument(
            "Requested signature not found in model graph: %s", name);
      }
      InferenceMethod method = InferenceMethod.ofName(task.methodName());
      method.check(signature, checksMethodNames);
      tasks.add(new Task(method, signature));
    }
    return new InferenceTasks(
        tasks, model.merged(tasks.stream().map(Task::signature).toList()), true);
  }

  private static void checkModel(String name, String first) {
    if (name.isEmpty()) {
      throw StatusException.invalidArgument("Found ModelSpec with an empty model name.");
    }
    if (!name.equals(first)) {
      throw StatusException.invalidArgument(
          "All ModelSpecs in a MultiInferenceRequest must access the same model name.");
    }
  }

  /** Whether they came as a MultiInference request. */
  boolean isMultiInference() {
    return multiInference;
  }

  /** What a log of requests says of them. */
  List<LoggedTask> logged() {
    return tasks.stream().map(task -> new LoggedTask(task.method, task.signature.name())).toList();
  }

  /** What is run. */
  Signature run() {
    return run;
  }

  /**
   * What the outputs say, task by task.
   *
   * @param outputs in the order of {@link #run()}; the results refer to them
   * @param examples how many were sent
   * @throws StatusException INVALID_ARGUMENT if types or shapes are not what a task needs
   */
  List<InferenceResult> results(List<Tensor> outputs, long examples) {
    return tasks.stream()
        .map(task ->
            task.method.result(task.signature, outputsOf(task.signature, outputs), examples))
        .toList();
  }

  private List<Tensor> outputsOf(Signature signature, List<Tensor> outputs) {
    return signature.outputs().stream().map(spec -> outputs.get(indexOf(spec))).toList();
  }

  /** Names are those of one signature only; the engine's are those of all. */
  private int indexOf(TensorSpec output) {
    int index = 0;
    while (!run.outputs().get(index).engineName().equals(output.engineName())) {
      index++;
    }
    return index;
  }
}
