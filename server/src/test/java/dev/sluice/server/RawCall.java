package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proto.serving.PredictionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Calls whose message is any bytes. */
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
    return call(server, PredictionServiceGrpc.getPredictMethod(), message);
  }

  static byte[] classify(TestServer server, byte[] message) {
    return call(server, PredictionServiceGrpc.getClassifyMethod(), message);
  }

  /**
   * Any unary method.
   *
   * @param method its full name, with the service
   */
  static byte[] call(Channel channel, String method, byte[] message) {
    return ClientCalls.blockingUnaryCall(
        channel,
        PredictionServiceGrpc.getPredictMethod().toBuilder(BYTES, BYTES)
            .setFullMethodName(method)
            .build(),
        CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS),
        message);
  }

  private static byte[] call(TestServer server, MethodDescriptor<?, ?> method, byte[] message) {
    return ClientCalls.blockingUnaryCall(
        server.predictions().getChannel(),
        method.toBuilder(BYTES, BYTES).build(),
        CallOptions.DEFAULT,
        message);
  }

  /** A method of the prediction service that may not exist. */
  static byte[] call(TestServer server, String method, byte[] message) {
    return ClientCalls.blockingUnaryCall(
        server.predictions().getChannel(),
        PredictionServiceGrpc.getPredictMethod().toBuilder(BYTES, BYTES)
            .setFullMethodName(
                MethodDescriptor.generateFullMethodName(PredictionServiceGrpc.SERVICE_NAME, method))
            .build(),
        CallOptions.DEFAULT,
        message);
  }

  /** Sends a message, does not say that it was the last, and cancels once the message is out. */
  static void sendAndCancel(TestServer server, byte[] message) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    ClientCall<byte[], byte[]> call =
        server
            .predictions()
            .getChannel()
            .newCall(
                PredictionServiceGrpc.getPredictMethod().toBuilder(BYTES, BYTES).build(),
                CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.countDown();
          }
        },
        new Metadata());
    call.sendMessage(message);
    call.request(1);
    // Ready again means that what was sent has been written to the transport.
    for (int i = 0; i < 400 && !call.isReady(); i++) {
      LockSupport.parkNanos(5_000_000);
    }
    call.cancel("enough", null);
    assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
