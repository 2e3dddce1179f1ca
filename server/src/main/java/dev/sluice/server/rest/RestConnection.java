package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.InFlight;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the REST API: one request at a time, answers in the order of the requests.
 *
 * <p>A client that pipelines has its next requests wait here, and reading stops meanwhile. A client
 * that goes away cancels the call that is under way.
 *
 * <p><b>Threading.</b> Every field belongs to the channel's event loop. Answers may come from any
 * thread and are handed over to it.
 */
final class RestConnection extends SimpleChannelInboundHandler<FullHttpRequest> {

  /** The event that asks a connection to end once it is idle. */
  static final Object DRAIN = new Object();

  /** Larger bodies are decoded off the event loop. */
  private static final int DECODE_IN_LOOP = 64 * 1024;

  private static final Set<String> METHODS =
      Set.of("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS");

  private final RestApi api;
  private final Executor decoders;
  private final InFlight inFlight;

  private final Queue<Exchange> waiting = new ArrayDeque<>();
  private @Nullable Exchange current;
  private boolean starting;
  private boolean draining;

  RestConnection(RestApi api, Executor decoders, InFlight inFlight) {
    this.api = api;
    this.decoders = decoders;
    this.inFlight = inFlight;
  }

  /** A request and the way its answer goes. */
  private final class Exchange {
    private final ChannelHandlerContext context;
    private final RestApi.Request request;
    private final HttpVersion version;
    private final boolean keepAlive;
    private final boolean malformed;
    private volatile @Nullable Call call;

    Exchange(ChannelHandlerContext context, FullHttpRequest http) {
      this.context = context;
      this.version = http.protocolVersion();
      this.keepAlive = HttpUtil.isKeepAlive(http);
      this.malformed = http.decoderResult().isFailure();
      this.request =
          new RestApi.Request(
              http.method().name(),
              http.uri(),
              http.headers().get(HttpHeaderNames.ORIGIN),
              ByteBufUtil.getBytes(http.content()));
    }

    void start() {
      inFlight.begin();
      Response early = early();
      if (early != null) {
        answer(early);
      } else if (request.body().length <= DECODE_IN_LOOP) {
        handle();
      } else {
        handleElsewhere();
      }
    }

    /** What is answered before the API is asked: requests that are none of its own. */
    private @Nullable Response early() {
      if (malformed) {
        return Response.page(HttpResponseStatus.BAD_REQUEST);
      }
      if (!METHODS.contains(request.method())) {
        return Response.page(HttpResponseStatus.NOT_IMPLEMENTED);
      }
      return Route.isApi(request.target()) ? null : Response.page(HttpResponseStatus.NOT_FOUND);
    }

    private void handle() {
      Call started = api.handle(request, this::answer);
      call = started;
      if (started != null && !context.channel().isActive()) {
        started.cancel(); // the client went away meanwhile
      }
    }

    private void handleElsewhere() {
      try {
        decoders.execute(this::handle);
      } catch (RejectedExecutionException full) {
        answer(
            Response.error(
                Status.of(
                    StatusException.resourceExhausted(
                        "too many large requests are being decoded; retry later"))));
      }
    }

    private void answer(Response response) {
      if (context.executor().inEventLoop()) {
        write(response);
      } else {
        context.executor().execute(() -> write(response));
      }
    }

    private void write(Response response) {
      boolean stays = keepAlive && !response.closes() && !draining;
      ChannelFuture written = context.writeAndFlush(http(response, stays));
      written.addListener(done -> inFlight.end());
      if (!stays) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
      current = null;
      if (stays) {
        next(context);
      }
    }

    private DefaultFullHttpResponse http(Response response, boolean stays) {
      DefaultFullHttpResponse http =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, response.status(), Unpooled.wrappedBuffer(response.body()));
      http.headers()
          .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
          .set(HttpHeaderNames.DATE, date())
          .setInt(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
      if (!stays) {
        http.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      } else if (version.equals(HttpVersion.HTTP_1_0)) {
        http.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
      }
      return http;
    }

    void abandon() {
      Call started = call;
      if (started != null) {
        started.cancel();
      }
    }
  }

  private static String date() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
    waiting.add(new Exchange(context, http));
    context.channel().config().setAutoRead(false);
    if (current == null) {
      next(context);
    }
  }

  /**
   * A loop, not a recursion: requests that are answered at once may have queued by the thousand.
   */
  private void next(ChannelHandlerContext context) {
    if (starting) {
      return; // called from within the loop below
    }
    starting = true;
    while (current == null && !waiting.isEmpty()) {
      Exchange exchange = waiting.remove();
      current = exchange;
      exchange.start();
    }
    starting = false;
    if (current == null) {
      context.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event != DRAIN) {
      context.fireUserEventTriggered(event);
      return;
    }
    draining = true;
    if (current == null) {
      ChannelFuture _ = context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Exchange exchange = current;
    if (exchange != null) {
      exchange.abandon();
    }
    waiting.clear();
    context.fireChannelInactive();
  }

  /** A broken gzip body and the like: the client learns why, if it still can. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!context.channel().isActive()) {
      return; // reset by the client; nobody is there to tell
    }
    Status status =
        Status.of(
            cause instanceof StatusException
                ? cause
                : StatusException.invalidArgument(
                    "the request could not be read: %s", cause.getMessage()));
    Response error = Response.error(status);
    DefaultFullHttpResponse http =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, error.status(), Unpooled.wrappedBuffer(error.body()));
    http.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, error.contentType())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, error.body().length);
    ChannelFuture _ = context.writeAndFlush(http).addListener(ChannelFutureListener.CLOSE);
  }
}
