package dev.sluice.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Compresses an answer with gzip where the request came so, or all of them where that was asked
 * for; and never for a client that does not say that it takes gzip, which grpc sees to. Immutable.
 *
 * @param always whether the request does not matter
 */
record Compression(boolean always) implements ServerInterceptor {

  private static final String GZIP = "gzip";
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    if (always || GZIP.equals(headers.get(ENCODING))) {
      call.setCompression(GZIP);
    }
    return next.startCall(call, headers);
  }
}
