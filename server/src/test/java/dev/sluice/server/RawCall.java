package dev.sluice.server;

import dev.sluice.proto.serving.PredictionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A Predict whose message is any bytes. */
final class RawCall {

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        }
      };

  private RawCall() {}

  static byte[] predict(TestServer server, byte[] message) {
    return ClientCalls.blockingUnaryCall(
        server.predictions().getChannel(),
        PredictionServiceGrpc.getPredictMethod().toBuilder(BYTES, BYTES).build(),
        CallOptions.DEFAULT,
        message);
  }
}
