package dev.sluice.load;

/** The requests of a plan, encoded once, and the way to send them. Safe from any thread. */
interface LoadProtocol extends AutoCloseable {

  /** A connection that is not connected yet. */
  LoadConnection connection(LoadLoop load);

  /** To be called when no thread sends any more. */
  @Override
  void close();

  static LoadProtocol of(LoadPlan plan) {
    return switch (plan.target()) {
      case LoadTarget.Rest rest -> new RestRequests(rest, plan.requests());
      case LoadTarget.Grpc grpc -> new GrpcRequests(grpc, plan.requests());
    };
  }
}
