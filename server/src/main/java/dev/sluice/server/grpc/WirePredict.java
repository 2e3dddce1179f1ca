package dev.sluice.server.grpc;

import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.model.TensorAllocator;
import dev.sluice.protocol.PredictEnvelope;
import dev.sluice.protocol.PredictResponseWriter;
import dev.sluice.protocol.TensorBudget;
import dev.sluice.server.Decoders;
import dev.sluice.server.Inference;
import dev.sluice.server.metrics.Protocol;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.status.Status;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A predict request in protobuf. */
final class WirePredict implements Inference.Predict {

  private final PredictEnvelope envelope;
  private final boolean asTensorContent;
  private final WireCall client;
  private int @Nullable [] wanted;

  /** Bytes of tensors, and how many of them the request was admitted for. */
  private long made;

  private long counted;

  WirePredict(PredictEnvelope envelope, boolean asTensorContent, WireCall client) {
    this.envelope = envelope;
    this.asTensorContent = asTensorContent;
    this.client = client;
    this.counted = envelope.wire().length();
  }

  @Override
  public Protocol protocol() {
    return Protocol.GRPC;
  }

  @Override
  public long begunNanos() {
    return client.begunNanos();
  }

  @Override
  public @Nullable RequestTrace trace() {
    return client.trace();
  }

  @Override
  public Signature signature(Model model) {
    return envelope.signature(model);
  }

  @Override
  public List<Tensor> inputs(Signature signature, TensorAllocator tensors, TensorBudget budget) {
    List<Tensor> inputs = envelope.tensors(signature, counted(tensors), budget);
    try {
      wanted = envelope.outputs(signature);
      return inputs;
    } catch (Throwable failure) {
      inputs.forEach(Tensor::close);
      throw failure;
    }
  }

  @Override
  public List<Integer> wanted() {
    int[] indices = wanted;
    return indices == null || envelope.outputFilter().isEmpty()
        ? List.of()
        : Arrays.stream(indices).boxed().toList();
  }

  @Override
  public void answered(Inference.@Nullable Answer answer, Status status) {
    if (answer == null) {
      client.fail(status);
    } else {
      client.answers(answer.id());
      client.answer(() -> encoded(answer), answer.measured());
    }
  }

  private Wire.Reply encoded(Inference.Answer answer) {
    List<String> names = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    int[] indices = wanted;
    if (indices != null) {
      for (int index : indices) {
        names.add(answer.signature().outputs().get(index).name());
        outputs.add(answer.outputs().get(index));
      }
    }
    PredictResponseWriter response =
        PredictResponseWriter.of(
            envelope.model().name(),
            answer.id().version(),
            envelope.model().signature(),
            names,
            outputs,
            asTensorContent);
    return response.size() <= Decoders.IN_LOOP_BYTES
        ? Wire.Reply.of(response.bytes())
        : streamed(response);
  }

  /** Written while the outputs are valid: grpc takes a message at once. */
  private static Wire.Reply streamed(PredictResponseWriter response) {
    return new Wire.Reply() {
      @Override
      public int size() {
        return response.size();
      }

      @Override
      public void writeTo(OutputStream target) {
        response.writeTo(target);
      }
    };
  }

  /** A message may ask for more than it has: what tensors take beyond it is counted as well. */
  private TensorAllocator counted(TensorAllocator tensors) {
    return (type, shape) -> {
      made += shape.elementCount() * type.elementSize();
      if (made > counted) {
        client.take(made - counted);
        counted = made;
      }
      return tensors.allocate(type, shape);
    };
  }

  @Override
  public void over() {
    client.over();
  }
}
