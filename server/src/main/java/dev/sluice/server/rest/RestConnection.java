package dev.sluice.server.rest;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the REST API: one request at a time, answers in the order of the requests.
 *
 * <p>A client that pipelines has its next requests wait here, and reading stops with the head of
 * the second until the answer has left: a client that does not read its answers holds one of them
 * in memory, not more. While nothing but one request has come, reading goes on, since to stop and
 * start it costs two system calls. A client that goes away cancels the call that is under way; one
 * that only ends its sending side is still answered.
 *
 * <p>A request that is not read to its end is refused: its answer takes its turn, nothing after it
 * is listened to, and the connection ends. It ends in two steps, since a socket that is closed with
 * bytes unread takes the answer back: the sending side at once, the rest when the client has closed
 * as well or a few seconds have passed.
 *
 * <p>When the listener stops, the answer to the last request that has come is the connection's last
 * one and says so. A connection on which nothing is asked ends once the client has been quiet for a
 * moment: closed at once, it would as likely as not cross a request of a client that uses it.
 *
 * <p><b>Threading.</b> Everything belongs to the channel's event loop.
 */
final class RestConnection extends SimpleChannelInboundHandler<BodyAggregator.Whole> {

  /** The event that asks a connection to end, since the listener stops. */
  static final Object DRAIN = new Object();

  /** Who has asked nothing for so long will hardly ask in the instant of the end. */
  private static final Duration QUIET = Duration.ofMillis(500);

  /** How long a client that was refused may take to notice. */
  private static final int LINGER_SECONDS = 5;

  private final Exchange.Services services;
  private final Drain drain;
  private final RequestPace pace;
  private final RequestHeads heads = new RequestHeads(this);

  private final Queue<Exchange> waiting = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange current;

  /** Requests whose head has arrived and whose answer has not left. */
  private int open;

  private boolean starting;
  private boolean awaited;
  private boolean deaf;
  private boolean inputEnded;
  private boolean ending;

  RestConnection(Exchange.Services services, Drain drain, RequestPace pace) {
    this.services = services;
    this.drain = drain;
    this.pace = pace;
  }

  /** What has to see the heads of the requests, before their bodies are gathered. */
  RequestHeads heads() {
    return heads;
  }

  /** The head of a request has come: it is owed an answer. */
  void begun() {
    open++;
    drain.requests().begin();
    if (open > 1) {
      listens(false);
    }
  }

  private void listens(boolean on) {
    context().channel().config().setAutoRead(on);
  }

  /** True iff nothing more that the client sends is of interest. */
  boolean isDeaf() {
    return deaf;
  }

  /** True iff a request whose body is yet to come would be the next one to be answered. */
  boolean isNextInLine() {
    return current == null && waiting.isEmpty() && !ending;
  }

  /** Answers the request that is coming with this, in its turn, and ends the connection. */
  void refuse(Response response) {
    deaf = true;
    enqueue(new Exchange(context(), services, response, this::write));
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }

  private void close() {
    var _ = context().close();
  }

  private void answered() {
    if (open > 0) {
      open--;
      drain.requests().end();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, BodyAggregator.Whole http) {
    enqueue(new Exchange(context, services, http, this::write));
  }

  private void enqueue(Exchange exchange) {
    pace.serverIsBusy();
    waiting.add(exchange);
    next();
  }

  /** A loop, not a recursion: requests answered at once may have queued by the thousand. */
  private void next() {
    if (starting) {
      return; // called from within the loop below
    }
    starting = true;
    while (current == null && !ending && !waiting.isEmpty()) {
      Exchange exchange = waiting.remove();
      current = exchange;
      exchange.start();
    }
    starting = false;
    if (current == null && !ending) {
      listen();
    }
  }

  private void listen() {
    if (inputEnded) {
      close();
      return;
    }
    pace.clientMaySend(context());
    heads.tellToContinue(context());
    listens(true);
  }

  /** The next request begins when this answer has left, so a client that does not read waits. */
  private void write(Response response) {
    Exchange exchange = Objects.requireNonNull(current);
    boolean last = (inputEnded && waiting.isEmpty()) || (drain.isAnnounced() && open <= 1);
    boolean stays = exchange.keepsAlive() && !response.closes() && !last;
    ending = !stays;
    ChannelFuture written = context().writeAndFlush(exchange.http(response, stays));
    if (written.isDone()) {
      left(response, written.isSuccess());
    } else {
      pace.clientMayTake(context());
      written.addListener(done -> left(response, done.isSuccess()));
    }
  }

  private void left(Response response, boolean sent) {
    answered();
    leave(current);
    current = null;
    if (sent && !ending) {
      next();
      if (awaited) { // the stop came while the answer was on its way, which does not say so
        endWhenQuiet();
      }
    } else if (sent && (response.closes() || drain.isAnnounced())) {
      linger();
    } else {
      close();
    }
  }

  private static void leave(@Nullable Exchange exchange) {
    if (exchange != null) {
      exchange.left();
    }
  }

  /** Lets the client read the answer, whatever it is still sending. */
  private void linger() {
    deaf = true;
    isAwaitedNoMore();
    Channel channel = context().channel();
    if (inputEnded || !(channel instanceof DuplexChannel duplex)) {
      close();
      return;
    }
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      endOutput(duplex);
    } else { // a client of TLS takes an end without a farewell for an attack
      tls.closeOutbound().addListener(said -> endOutput(duplex));
    }
    ScheduledFuture<?> end =
        context().executor().schedule(this::close, LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> end.cancel(false));
    listens(true);
  }

  private static void endOutput(DuplexChannel channel) {
    var _ = channel.shutdownOutput();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == DRAIN) {
      drain();
    } else if (event instanceof ChannelInputShutdownEvent) {
      inputEnded();
    } else if (event == RequestPace.Event.SLOW) {
      refuse(tooSlow());
    } else if (event == RequestPace.Event.IDLE) {
      close();
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  /** A connection that was opened in the last instant hears of the stop here. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (drain.isStopping()) {
      drain();
    }
    context.fireChannelActive();
  }

  private void drain() {
    if (!awaited && !ending) {
      awaited = true;
      drain.connections().begin();
      endWhenQuiet();
    }
  }

  /** Where something is asked meanwhile, the answer to it is the end. */
  private void endWhenQuiet() {
    if (open > 0 || ending || !context().channel().isActive()) {
      return;
    }
    long left = QUIET.toNanos() - pace.quietNanos(context());
    if (left <= 0) {
      close();
    } else {
      var _ = context().executor().schedule(this::endWhenQuiet, left, TimeUnit.NANOSECONDS);
    }
  }

  private void isAwaitedNoMore() {
    if (awaited) {
      awaited = false;
      drain.connections().end();
    }
  }

  private Response tooSlow() {
    return Response.refusal(
        HttpResponseStatus.REQUEST_TIMEOUT,
        "The request did not arrive in time: only "
            + pace.bytes()
            + " bytes of it came within "
            + services.settings().receiveTimeout().toSeconds()
            + " s, which --rest_api_receive_timeout_seconds allows, and a second more for each "
            + services.settings().minReceiveRate()
            + " bytes");
  }

  private void inputEnded() {
    inputEnded = true;
    deaf = true;
    boolean nothingIsOwed = current == null && waiting.isEmpty();
    if (nothingIsOwed) {
      close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Exchange exchange = current;
    if (exchange != null) {
      exchange.abandon();
    }
    leave(exchange);
    current = null;
    waiting.forEach(RestConnection::leave);
    waiting.clear();
    while (open > 0) {
      answered(); // nobody is there to answer
    }
    isAwaitedNoMore();
    context.fireChannelInactive();
  }

  /**
   * A body that is too large: the client learns why, in its turn, if it still can. A connection
   * that was reset is gone in both directions, which the transport, told to keep half of one,
   * leaves to us.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      close();
      return;
    }
    if (!context.channel().isActive() || deaf) {
      return;
    }
    refuse(
        switch (cause) {
          case TooLongHttpContentException tooLong ->
              Response.tooLarge(String.valueOf(tooLong.getMessage()));
          case StatusException full -> full(full);
          default ->
              Response.refusal(
                  HttpResponseStatus.BAD_REQUEST,
                  "the request could not be read: " + cause.getMessage());
        });
  }

  /** There is no room for a request: now, or for one of its size ever. */
  private static Response full(StatusException full) {
    String text = String.valueOf(full.getMessage());
    return full.code() == StatusCode.UNAVAILABLE
        ? Response.refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, text)
        : Response.tooLarge(text);
  }
}
