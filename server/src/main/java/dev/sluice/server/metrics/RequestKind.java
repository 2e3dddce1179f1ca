package dev.sluice.server.metrics;

/** What a request asks for. */
public enum RequestKind {
  PREDICT(0, "predict", "Predict"),
  CLASSIFY(1, "classify", "Classify"),
  REGRESS(2, "regress", "Regress"),
  MULTI_INFERENCE(3, "multi_inference", "MultiInference"),
  /** Status, metadata, and what is no request that could be understood. */
  OTHER(4, "other", "");

  private final int place;
  private final String label;
  private final String rpc;

  RequestKind(int place, String label, String rpc) {
    this.place = place;
    this.label = label;
    this.rpc = rpc;
  }

  /** From 0 on, for arrays. */
  int place() {
    return place;
  }

  /** As it stands on a page of metrics. */
  String label() {
    return label;
  }

  /** The name of the rpc; empty for {@link #OTHER}. */
  String rpc() {
    return rpc;
  }

  /** What TensorFlow Serving calls it: as in the URL over REST, as the rpc over gRPC. */
  String api(Protocol protocol) {
    return protocol == Protocol.GRPC || this == OTHER ? rpc : label;
  }
}
