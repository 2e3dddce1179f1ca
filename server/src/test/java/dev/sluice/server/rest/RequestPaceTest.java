package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A request must come within 60 s and a second more per KiB; a connection may idle for an hour. */
class RequestPaceTest {

  private final List<Object> events = new ArrayList<>();
  private final RequestPace pace =
      new RequestPace(Duration.ofSeconds(60), Duration.ofHours(1), 1024);
  private final EmbeddedChannel channel = channel(pace);

  private EmbeddedChannel channel(RequestPace handler) {
    EmbeddedChannel embedded = new EmbeddedChannel();
    embedded.freezeTime();
    embedded
        .pipeline()
        .addLast(
            handler,
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext context, Object event) {
                events.add(event);
              }
            });
    handler.channelActive(embedded.pipeline().context(handler));
    return embedded;
  }

  private void seconds(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private void bytes(int count) {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[count]));
  }

  @Test
  void byteASecondIsTooSlowAfterTheGrace() {
    for (int second = 0; second < 60; second++) {
      assertThat(events).as("second %d", second).isEmpty();
      bytes(1);
      seconds(1);
    }
    seconds(60); // the look at the clock may be that late
    assertThat(events).containsExactly(RequestPace.Event.SLOW);
    assertThat(pace.bytes()).isEqualTo(60);
  }

  @Test
  void slowestAllowedRateMayGoOnForHours() {
    for (int second = 0; second < 10_000; second++) {
      bytes(1024);
      seconds(1);
    }
    assertThat(events).isEmpty();
    seconds(60);
    assertThat(events).as("and then it stops").containsExactly(RequestPace.Event.SLOW);
  }

  @Test
  void timeOfTheServerIsNotTheClients() {
    bytes(100);
    pace.serverIsBusy();
    seconds(100_000);
    pace.clientMaySend(channel.pipeline().context(pace));
    seconds(3599);
    assertThat(events).isEmpty();
    seconds(60);
    assertThat(events).containsExactly(RequestPace.Event.IDLE);
  }

  @Test
  void requestThatBeginsWhileTheServerIsBusyIsTimedFromTheAnswerOn() {
    bytes(100);
    pace.serverIsBusy();
    bytes(10);
    seconds(1000);
    pace.clientMaySend(channel.pipeline().context(pace));
    seconds(59);
    assertThat(events).isEmpty();
    seconds(60);
    assertThat(events).containsExactly(RequestPace.Event.SLOW);
  }

  @Test
  void clientThatTakesNothingOfItsAnswerIsIdle() {
    ChannelHandlerContext context = channel.pipeline().context(pace);
    bytes(100);
    pace.serverIsBusy();
    seconds(10_000);
    var _ = channel.write(Unpooled.wrappedBuffer(new byte[1000]));
    pace.clientMayTake(context);
    seconds(3500);
    var _ = channel.write(Unpooled.wrappedBuffer(new byte[1])); // as good as what was taken
    seconds(3500);
    assertThat(events).as("some of it moved").isEmpty();
    seconds(3600);
    assertThat(events).containsExactly(RequestPace.Event.IDLE);
  }

  /** What it sends meanwhile is no request that could be refused: its answer is still to go out. */
  @Test
  void clientThatSendsInsteadOfTakingItsAnswerIsIdle() {
    bytes(100);
    pace.serverIsBusy();
    var _ = channel.write(Unpooled.wrappedBuffer(new byte[1000]));
    pace.clientMayTake(channel.pipeline().context(pace));
    for (int second = 0; second < 3500; second++) {
      bytes(1);
      seconds(1);
    }
    assertThat(events).isEmpty();
    seconds(200);
    assertThat(events).containsExactly(RequestPace.Event.IDLE);
  }

  @Test
  void connectionThatSaysNothingIsIdle() {
    seconds(3599);
    assertThat(events).isEmpty();
    seconds(1);
    assertThat(events).containsExactly(RequestPace.Event.IDLE);
  }

  @Test
  void connectionThatIsGoneLeavesNoTask() {
    channel.pipeline().fireChannelInactive();
    seconds(100_000);
    assertThat(events).isEmpty();
  }

  @Test
  void zeroMeansNoLimit() {
    RequestPace patient = new RequestPace(Duration.ZERO, Duration.ZERO, 1024);
    EmbeddedChannel forever = channel(patient);
    forever.writeInbound(Unpooled.wrappedBuffer(new byte[1]));
    forever.advanceTimeBy(1000, TimeUnit.DAYS);
    forever.runScheduledPendingTasks();
    assertThat(events).isEmpty();
  }
}
