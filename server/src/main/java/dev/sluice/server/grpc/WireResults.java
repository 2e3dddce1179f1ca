package dev.sluice.server.grpc;

import dev.sluice.protocol.InferenceResponseWriter;
import dev.sluice.protocol.RequestedModel;
import dev.sluice.server.Inference;
import dev.sluice.status.Status;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request over examples in protobuf.
 *
 * @param asked by task: under which names it asked, which the answer repeats
 * @param encoding makes the message of the answers to all tasks
 */
record WireResults(
    WireCall client,
    List<RequestedModel> asked,
    Function<List<InferenceResponseWriter.Answer>, byte[]> encoding)
    implements Inference.ResultReceiver {

  @Override
  public void answered(Inference.@Nullable Results results, Status status) {
    if (results == null) {
      client.fail(status);
    } else {
      client.answers(results.id());
      client.answer(() -> Wire.Reply.of(encoding.apply(answers(results))), results.measured());
    }
  }

  private List<InferenceResponseWriter.Answer> answers(Inference.Results results) {
    return InferenceResponseWriter.answers(asked, results.id().version(), results.results());
  }
}
