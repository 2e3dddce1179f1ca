package dev.sluice.protocol;

import dev.sluice.model.Signature;
import dev.sluice.protocol.InferenceResult.Classifications;
import dev.sluice.protocol.InferenceResult.Regressions;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@code tensorflow.serving.ClassificationResponse}, {@code RegressionResponse} and {@code
 * MultiInferenceResponse}. Zero scores and empty labels are absent fields of entries that are
 * there, as proto3 has it.
 */
public final class InferenceResponseWriter {

  // In the first two messages the model spec comes last, in the third it comes first.
  private static final int RESULT = WireReader.tag(1, WireReader.BYTES);
  private static final int MODEL_SPEC = WireReader.tag(2, WireReader.BYTES);

  private static final int RESULTS = WireReader.tag(1, WireReader.BYTES);
  private static final int TASK_MODEL_SPEC = WireReader.tag(1, WireReader.BYTES);
  private static final int TASK_CLASSIFICATIONS = WireReader.tag(2, WireReader.BYTES);
  private static final int TASK_REGRESSIONS = WireReader.tag(3, WireReader.BYTES);

  private InferenceResponseWriter() {}

  /**
   * What is said of one signature.
   *
   * @param modelName as it was requested
   * @param version the version that ran
   * @param signatureName {@link Signature#DEFAULT_NAME} where none was sent
   */
  public record Answer(
      String modelName, long version, String signatureName, InferenceResult result) {

    private byte[] spec() {
      return ModelSpecWriter.write(modelName, version, signatureName);
    }
  }

  /**
   * What is said to the tasks of a request.
   *
   * @param asked under which names each asked
   * @param version the version that ran
   * @param results what it says to each, in the same order
   */
  public static List<Answer> answers(
      List<RequestedModel> asked, long version, List<InferenceResult> results) {
    List<Answer> answers = new ArrayList<>(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      answers.add(
          new Answer(asked.get(i).name(), version, asked.get(i).signature(), results.get(i)));
    }
    return answers;
  }

  /**
   * The answer to a Classify or Regress request.
   *
   * @throws StatusException INVALID_ARGUMENT if a label is not UTF-8, which no client would read;
   *     RESOURCE_EXHAUSTED for more than 2<sup>31</sup>-1 bytes
   */
  public static byte[] write(Answer answer) {
    byte[] spec = answer.spec();
    ResultWriter result = ResultWriter.of(answer.result());
    long size = WireWriter.fieldSize(result.size()) + WireWriter.fieldSize(spec.length);
    WireWriter out = new WireWriter(new byte[TensorProtoWriter.limited(size)], 0);
    out.header(RESULT, result.size());
    result.write(out);
    out.bytes(MODEL_SPEC, spec);
    return out.target();
  }

  /**
   * The answer to a MultiInference request.
   *
   * @param answers in the order of the tasks
   * @throws StatusException as {@link #write} does
   */
  public static byte[] writeMultiInference(List<Answer> answers) {
    List<TaskResult> tasks = new ArrayList<>(answers.size());
    long size = 0;
    for (Answer answer : answers) {
      TaskResult task = new TaskResult(answer.spec(), ResultWriter.of(answer.result()));
      tasks.add(task);
      size += WireWriter.fieldSize(task.size());
    }
    WireWriter out = new WireWriter(new byte[TensorProtoWriter.limited(size)], 0);
    for (TaskResult task : tasks) {
      out.header(RESULTS, task.size());
      task.write(out);
    }
    return out.target();
  }

  private record TaskResult(byte[] spec, ResultWriter result) {

    long size() {
      return WireWriter.fieldSize(spec.length) + WireWriter.fieldSize(result.size());
    }

    void write(WireWriter out) {
      out.bytes(TASK_MODEL_SPEC, spec);
      out.header(
          switch (result.result()) {
            case Classifications _ -> TASK_CLASSIFICATIONS;
            case Regressions _ -> TASK_REGRESSIONS;
          },
          result.size());
      result.write(out);
    }
  }
}
