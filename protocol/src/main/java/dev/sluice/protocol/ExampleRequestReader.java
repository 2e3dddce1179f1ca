package dev.sluice.protocol;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.List;

/**
 * Skims the messages that send examples: {@code tensorflow.serving.ClassificationRequest}, {@code
 * RegressionRequest} and {@code MultiInferenceRequest}. Examples are not parsed and not copied:
 * what is in them is for the model's own graph to say. Fields come in any order; unknown ones are
 * passed over.
 */
public final class ExampleRequestReader {

  // The three messages put different things under 1 and the input under 2.
  private static final int MODEL_SPEC = WireReader.tag(1, WireReader.BYTES);
  private static final int TASKS = WireReader.tag(1, WireReader.BYTES);
  private static final int INPUT = WireReader.tag(2, WireReader.BYTES);

  private static final int TASK_MODEL_SPEC = WireReader.tag(1, WireReader.BYTES);
  private static final int TASK_METHOD_NAME = WireReader.tag(2, WireReader.BYTES);

  private ExampleRequestReader() {}

  /**
   * Reads a Classify or Regress request.
   *
   * @param wire the whole message; the examples refer to it, so it must not change any more
   * @throws StatusException INVALID_ARGUMENT if the bytes are no such message
   */
  public static ExampleEnvelope read(byte[] wire) {
    ModelSpecReader model = new ModelSpecReader();
    InputReader input = new InputReader(wire);
    try {
      WireReader in = new WireReader(wire, 0, wire.length);
      while (!in.atEnd()) {
        int tag = in.readTag();
        if (tag == MODEL_SPEC) {
          model.merge(in.readMessage());
        } else if (tag == INPUT) {
          input.merge(in.readMessage());
        } else {
          in.skip(tag);
        }
      }
    } catch (MalformedWireException malformed) {
      throw refusal("request", malformed);
    }
    return new ExampleEnvelope(model.model(), input.batch());
  }

  /**
   * Reads a MultiInference request.
   *
   * @param wire as for {@link #read}
   * @throws StatusException INVALID_ARGUMENT if the bytes are no such message
   */
  public static MultiInferenceEnvelope readMultiInference(byte[] wire) {
    List<MultiInferenceEnvelope.Task> tasks = new ArrayList<>();
    InputReader input = new InputReader(wire);
    try {
      WireReader in = new WireReader(wire, 0, wire.length);
      while (!in.atEnd()) {
        int tag = in.readTag();
        if (tag == TASKS) {
          tasks.add(task(in.readMessage()));
        } else if (tag == INPUT) {
          input.merge(in.readMessage());
        } else {
          in.skip(tag);
        }
      }
    } catch (MalformedWireException malformed) {
      throw refusal("MultiInferenceRequest", malformed);
    }
    return new MultiInferenceEnvelope(tasks, input.batch());
  }

  private static MultiInferenceEnvelope.Task task(WireReader in) {
    ModelSpecReader model = new ModelSpecReader();
    String methodName = "";
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == TASK_MODEL_SPEC) {
        model.merge(in.readMessage());
      } else if (tag == TASK_METHOD_NAME) {
        methodName = in.readString();
      } else {
        in.skip(tag);
      }
    }
    return new MultiInferenceEnvelope.Task(model.model(), methodName);
  }

  private static StatusException refusal(String message, MalformedWireException malformed) {
    return new StatusException(
        StatusCode.INVALID_ARGUMENT,
        "Malformed " + message + ": " + malformed.getMessage(),
        malformed);
  }
}
