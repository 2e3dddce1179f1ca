package dev.sluice.bench.rival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrpcEchoTest {

  private final GrpcEcho server = GrpcEcho.start(EchoOptions.onPort(0));
  private final ManagedChannel channel =
      NettyChannelBuilder.forAddress(server.address()).usePlaintext().build();

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    server.close();
  }

  private UnknownFieldSet predict(int requestBytes) throws IOException {
    byte[] response =
        ClientCalls.blockingUnaryCall(
            channel, GrpcEcho.PREDICT, CallOptions.DEFAULT, new byte[requestBytes]);
    return UnknownFieldSet.parseFrom(response);
  }

  private static UnknownFieldSet message(UnknownFieldSet parent, int field) throws IOException {
    return UnknownFieldSet.parseFrom(parent.getField(field).getLengthDelimitedList().getFirst());
  }

  private static String text(UnknownFieldSet parent, int field) {
    return parent.getField(field).getLengthDelimitedList().getFirst().toStringUtf8();
  }

  @Test
  void predictAnswersATensorAndTheModelItIsFrom() throws IOException {
    UnknownFieldSet response = predict(100);

    UnknownFieldSet output = message(response, 1);
    UnknownFieldSet tensor = message(output, 2);
    UnknownFieldSet model = message(response, 2);
    assertThat(text(output, 1)).isEqualTo("outputs");
    assertThat(tensor.getField(1).getVarintList()).containsExactly(1L);
    assertThat(message(tensor, 2).getField(2).getLengthDelimitedList()).hasSize(2);
    assertThat(tensor.getField(5).getLengthDelimitedList().getFirst().toByteArray()).hasSize(4);
    assertThat(text(model, 1)).isEqualTo("default");
    assertThat(message(model, 2).getField(1).getVarintList()).containsExactly(1L);
    assertThat(text(model, 3)).isEqualTo("serving_default");
  }

  @Test
  void requestOfManyMegabytesIsRead() throws IOException {
    assertThat(predict(20 << 20)).isEqualTo(predict(0));
  }

  @Test
  void closedServerIsUnavailableToOpenConnections() throws IOException {
    predict(1);

    server.close();

    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> predict(1))
        .satisfies(failure ->
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  @Test
  void portThatIsTakenIsRefused() {
    EchoOptions taken = EchoOptions.onPort(server.address().getPort());

    assertThatIllegalStateException()
        .isThrownBy(() -> GrpcEcho.start(taken))
        .withMessageStartingWith("can't listen on ");
  }
}
