package dev.sluice.client;

/**
 * What a multi-inference call asks of one signature.
 *
 * @param kind how the outputs of the signature are read
 * @param signature its name; empty for {@code serving_default}
 */
public record InferenceTask(Kind kind, String signature) {

  /** What is asked. */
  public enum Kind {
    CLASSIFY("tensorflow/serving/classify"),
    REGRESS("tensorflow/serving/regress");

    private final String methodName;

    Kind(String methodName) {
      this.methodName = methodName;
    }

    String methodName() {
      return methodName;
    }
  }

  /** Classes and scores of a signature. */
  public static InferenceTask classify(String signature) {
    return new InferenceTask(Kind.CLASSIFY, signature);
  }

  /** The values of a signature. */
  public static InferenceTask regress(String signature) {
    return new InferenceTask(Kind.REGRESS, signature);
  }
}
