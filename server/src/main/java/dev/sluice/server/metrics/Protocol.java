package dev.sluice.server.metrics;

/** By which way a request came. */
public enum Protocol {
  REST(0, "rest"),
  GRPC(1, "grpc");

  private final int place;
  private final String label;

  Protocol(int place, String label) {
    this.place = place;
    this.label = label;
  }

  /** From 0 on, for arrays. */
  int place() {
    return place;
  }

  /** As it stands on a page of metrics. */
  String label() {
    return label;
  }

  /** As it stands on the page of TensorFlow Serving. */
  String entryPoint() {
    return name();
  }
}
