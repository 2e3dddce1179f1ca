package dev.sluice.client;

import dev.sluice.proto.serving.GetModelMetadataRequest;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.GetModelStatusResponse;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.ModelVersionStatus;
import dev.sluice.proto.serving.PredictRequest;
import dev.sluice.proto.serving.PredictResponse;
import dev.sluice.proto.serving.PredictionServiceGrpc;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that counts what it is asked and fails as it is told. */
final class FakeServer implements AutoCloseable {

  final AtomicInteger predicts = new AtomicInteger();
  final AtomicInteger statuses = new AtomicInteger();
  final CountDownLatch cancelled = new CountDownLatch(1);

  /** How the next calls fail, in order; what comes after them succeeds. */
  final ConcurrentLinkedQueue<Status> failures = new ConcurrentLinkedQueue<>();

  /** Predicts that are to be answered by the test, if it holds them. */
  final BlockingQueue<StreamObserver<PredictResponse>> held = new LinkedBlockingQueue<>();

  volatile boolean holds;

  /** Where every model stands. */
  volatile ModelVersionStatus status =
      ModelVersionStatus.newBuilder()
          .setVersion(7)
          .setState(ModelVersionStatus.State.AVAILABLE)
          .build();

  private final Server server;

  FakeServer(int port, ServerCredentials credentials) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    server =
        NettyServerBuilder.forAddress(address, credentials)
            .addService(new Predictions())
            .addService(new Models())
            .build()
            .start();
  }

  static FakeServer start() throws IOException {
    return new FakeServer(0, io.grpc.InsecureServerCredentials.create());
  }

  int port() {
    return server.getPort();
  }

  String target() {
    return "127.0.0.1:" + port();
  }

  private boolean failed(StreamObserver<?> answer) {
    Status failure = failures.poll();
    if (failure == null) {
      return false;
    }
    answer.onError(failure.asRuntimeException());
    return true;
  }

  static <T> void answer(StreamObserver<T> observer, T message) {
    observer.onNext(message);
    observer.onCompleted();
  }

  private final class Predictions extends PredictionServiceGrpc.PredictionServiceImplBase {
    @Override
    public void predict(PredictRequest request, StreamObserver<PredictResponse> answer) {
      predicts.incrementAndGet();
      ((ServerCallStreamObserver<PredictResponse>) answer).setOnCancelHandler(cancelled::countDown);
      if (holds) {
        held.add(answer);
      } else if (!failed(answer)) {
        answer(answer, PredictResponse.newBuilder().putAllOutputs(request.getInputsMap()).build());
      }
    }

    @Override
    public void getModelMetadata(
        GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> answer) {
      if (!failed(answer)) {
        answer(answer, GetModelMetadataResponse.getDefaultInstance());
      }
    }
  }

  private final class Models extends ModelServiceGrpc.ModelServiceImplBase {
    @Override
    public void getModelStatus(
        GetModelStatusRequest request, StreamObserver<GetModelStatusResponse> answer) {
      statuses.incrementAndGet();
      if (!failed(answer)) {
        answer(answer, GetModelStatusResponse.newBuilder().addModelVersionStatus(status).build());
      }
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
