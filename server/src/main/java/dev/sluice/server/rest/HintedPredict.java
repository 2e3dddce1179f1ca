package dev.sluice.server.rest;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Inference;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A predict request whose errors say, after the reference's text, what would have been right: the
 * signatures there are, or the inputs that the one at hand takes.
 */
final class HintedPredict implements Inference.Predict {

  private static final String SEPARATOR = "\nHint: ";

  private final Inference.Predict predict;
  private @Nullable Signature signature;

  HintedPredict(Inference.Predict predict) {
    this.predict = predict;
  }

  @Override
  public Signature signature(Model model) {
    try {
      Signature found = predict.signature(model);
      signature = found;
      return found;
    } catch (StatusException unknown) {
      throw hinted(unknown, "the model has the signatures " + signatures(model));
    }
  }

  @Override
  public Protocol protocol() {
    return predict.protocol();
  }

  @Override
  public long begunNanos() {
    return predict.begunNanos();
  }

  @Override
  public @Nullable RequestTrace trace() {
    return predict.trace();
  }

  private static String signatures(Model model) {
    return model.signatures().keySet().stream().sorted().collect(Collectors.joining(", "));
  }

  @Override
  public List<Tensor> inputs(Signature called, TensorAllocator tensors, TensorBudget budget) {
    try {
      return predict.inputs(called, tensors, budget);
    } catch (StatusException mistake) {
      throw mistake.code() == StatusCode.INVALID_ARGUMENT
          ? hinted(mistake, InputHint.of(called))
          : mistake;
    }
  }

  private static StatusException hinted(StatusException mistake, String hint) {
    return new StatusException(mistake.code(), mistake.getMessage() + SEPARATOR + hint, mistake);
  }

  /** What a run refuses is mostly a shape. */
  @Override
  public void answered(Inference.@Nullable Answer answer, Status status) {
    Signature called = signature;
    if (called == null || status.code() != StatusCode.INVALID_ARGUMENT) {
      predict.answered(answer, status);
      return;
    }
    String hint = SEPARATOR + InputHint.of(called);
    predict.answered(answer, new Status(status.code(), status.message() + hint));
  }

  @Override
  public void over() {
    predict.over();
  }
}
