package dev.sluice.server;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.sluice.model.Signature;
import dev.sluice.model.Tensor;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.protocol.InferenceResult;
import dev.sluice.status.StatusException;
import java.util.List;

/** What can be asked of a signature that takes serialised examples. */
public enum InferenceMethod {
  /** Labels and scores. */
  CLASSIFY("tensorflow/serving/classify", "classification"),
  /** A number. */
  REGRESS("tensorflow/serving/regress", "regression");

  /** The one input of such a signature. */
  private static final String INPUT = "inputs";

  private final String methodName;
  private final String label;

  InferenceMethod(String methodName, String label) {
    this.methodName = methodName;
    this.label = label;
  }

  /** How signatures and requests call it. */
  public String methodName() {
    return methodName;
  }

  /**
   * The method with this name.
   *
   * @throws StatusException UNIMPLEMENTED if there is none
   */
  static InferenceMethod ofName(String methodName) {
    for (InferenceMethod method : values()) {
      if (method.methodName.equals(methodName)) {
        return method;
      }
    }
    throw StatusException.unimplemented("Unsupported signature method_name: %s", methodName);
  }

  /**
   * Checks that a signature can be asked for this.
   *
   * @param checksMethodName whether the signature has to say so itself
   * @throws StatusException INVALID_ARGUMENT with the texts of TensorFlow Serving, in its order
   */
  void check(Signature signature, boolean checksMethodName) {
    if (checksMethodName && !signature.methodName().equals(methodName)) {
      throw StatusException.invalidArgument(
          "Expected %s signature method_name to be %s. Was: %s",
          label, methodName, signature.methodName());
    }
    if (signature.inputs().size() != 1) {
      throw StatusException.invalidArgument("Expected one input Tensor.");
    }
    checkNumberOfOutputs(signature.outputs().size());
    if (signature.inputIndex(INPUT) < 0) {
      throw StatusException.invalidArgument(
          "No %s inputs found in SignatureDef: %s", label, text(signature));
    }
    checkOutputs(signature);
  }

  private void checkNumberOfOutputs(int outputs) {
    switch (this) {
      case CLASSIFY -> {
        if (outputs != 1 && outputs != 2) {
          throw StatusException.invalidArgument(
              "Expected one or two output Tensors, found %d", outputs);
        }
      }
      case REGRESS -> {
        if (outputs != 1) {
          throw StatusException.invalidArgument("Expected one output Tensor.");
        }
      }
    }
  }

  private void checkOutputs(Signature signature) {
    switch (this) {
      case CLASSIFY -> {
        if (signature.outputIndex(ClassifyOutputs.CLASSES) < 0
            && signature.outputIndex(ClassifyOutputs.SCORES) < 0) {
          throw StatusException.invalidArgument(
              "Expected classification signature outputs to contain at least one of \"classes\" or"
                  + " \"scores\". Signature was: %s",
              text(signature));
        }
      }
      case REGRESS -> {
        if (signature.outputIndex(RegressOutputs.OUTPUTS) < 0) {
          throw StatusException.invalidArgument(
              "No regression outputs found in SignatureDef: %s", text(signature));
        }
      }
    }
  }

  private static String text(Signature signature) {
    try {
      return TextFormat.printer().printToString(SignatureDef.parseFrom(signature.definition()));
    } catch (InvalidProtocolBufferException malformed) {
      throw StatusException.internal(
          "the definition of signature %s does not parse: %s",
          signature.name(), malformed.getMessage());
    }
  }

  /**
   * What a run's outputs say.
   *
   * @param signature one that {@link #check} let pass
   * @param outputs in its order; the result refers to them
   * @param examples how many were sent
   * @throws StatusException INVALID_ARGUMENT if types or shapes are not what such a signature gives
   */
  InferenceResult result(Signature signature, List<Tensor> outputs, long examples) {
    return switch (this) {
      case CLASSIFY -> ClassifyOutputs.of(signature, outputs).result(examples);
      case REGRESS -> RegressOutputs.result(signature, outputs, examples);
    };
  }
}
