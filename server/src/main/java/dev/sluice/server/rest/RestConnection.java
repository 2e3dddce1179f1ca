package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlight;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpContentException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the REST API: one request at a time, answers in the order of the requests.
 *
 * <p>A client that pipelines has its next requests wait here, and reading stops until the answer
 * has left: a client that does not read its answers holds one of them in memory, not more. A client
 * that goes away cancels the call that is under way.
 *
 * <p><b>Threading.</b> Every field belongs to the channel's event loop. Answers may come from any
 * thread and are handed over to it.
 */
final class RestConnection extends SimpleChannelInboundHandler<FullHttpRequest> {

  /** The event that asks a connection to end once it is idle. */
  static final Object DRAIN = new Object();

  private static final System.Logger LOG = System.getLogger(RestConnection.class.getName());

  /** As HTTP writes dates, with two digits for the day. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private static final Response BAD_REQUEST = Response.page(HttpResponseStatus.BAD_REQUEST);

  private static final Set<String> METHODS =
      Set.of("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS");

  private final RestApi api;
  private final Decoders decoders;
  private final InFlight inFlight;

  private final Queue<Exchange> waiting = new ArrayDeque<>();
  private @Nullable Exchange current;

  /** Requests whose head has arrived and whose answer has not left. */
  private int open;

  private boolean starting;
  private boolean draining;
  private boolean ending;

  RestConnection(RestApi api, Decoders decoders, InFlight inFlight) {
    this.api = api;
    this.decoders = decoders;
    this.inFlight = inFlight;
  }

  /**
   * Sees the head of a request long before its body is complete: from then on it is owed an answer.
   */
  final class Heads extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        begun();
      }
      context.fireChannelRead(message);
    }
  }

  private void begun() {
    open++;
    inFlight.begin();
  }

  private void answered() {
    if (open > 0) {
      open--;
      inFlight.end();
    }
  }

  /** A request, or what is to be said instead of one, and the way its answer goes. */
  private final class Exchange {
    private final ChannelHandlerContext context;
    private final RestApi.Request request;
    private final HttpVersion version;
    private final boolean keepAlive;
    private final @Nullable Response early;
    private volatile @Nullable Call call;

    Exchange(ChannelHandlerContext context, FullHttpRequest http) {
      this.context = context;
      this.version = http.protocolVersion();
      this.keepAlive = HttpUtil.isKeepAlive(http);
      this.request =
          new RestApi.Request(
              http.method().name(),
              http.uri(),
              http.headers().get(HttpHeaderNames.ORIGIN),
              ByteBufUtil.getBytes(http.content()));
      this.early = http.decoderResult().isFailure() ? BAD_REQUEST : early(request);
    }

    /** What is said where a request could not even be read. */
    Exchange(ChannelHandlerContext context, Response response) {
      this.context = context;
      this.version = HttpVersion.HTTP_1_1;
      this.keepAlive = !response.closes();
      this.request = new RestApi.Request("", "", null, new byte[0]);
      this.early = response;
    }

    void start() {
      if (early != null) {
        answer(early);
      } else if (request.body().length <= Decoders.IN_LOOP_BYTES) {
        handle();
      } else {
        handleElsewhere();
      }
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
      } catch (StatusException full) {
        answer(Response.error(full.status()));
      }
    }

    private void answer(Response response) {
      if (context.executor().inEventLoop()) {
        write(response);
        return;
      }
      try {
        context.executor().execute(() -> write(response));
      } catch (RejectedExecutionException ended) {
        LOG.log(Level.DEBUG, "An answer came after its connection had ended");
      }
    }

    /** The next request begins when this answer has left, so a client that does not read waits. */
    private void write(Response response) {
      boolean stays = keepAlive && !response.closes() && !draining;
      ending = !stays;
      ChannelFuture written = context.writeAndFlush(http(response, stays));
      written.addListener(done -> {
        answered();
        current = null;
        if (stays && done.isSuccess()) {
          next(context);
        }
      });
      if (!stays) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }

    private DefaultFullHttpResponse http(Response response, boolean stays) {
      DefaultFullHttpResponse http =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, response.status(), Unpooled.wrappedBuffer(response.body()));
      http.headers()
          .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
          .set(HttpHeaderNames.DATE, DATE.format(Instant.now()))
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

  /** What is answered before the API is asked: requests that are none of its own. */
  private static @Nullable Response early(RestApi.Request request) {
    if (!METHODS.contains(request.method())) {
      return Response.page(HttpResponseStatus.NOT_IMPLEMENTED);
    }
    if (!Route.isWellFormed(request.target())) {
      return BAD_REQUEST;
    }
    return Route.isApi(request.target()) ? null : Response.page(HttpResponseStatus.NOT_FOUND);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
    enqueue(context, new Exchange(context, http));
  }

  private void enqueue(ChannelHandlerContext context, Exchange exchange) {
    waiting.add(exchange);
    context.channel().config().setAutoRead(false);
    next(context);
  }

  /** A loop, not a recursion: requests answered at once may have queued by the thousand. */
  private void next(ChannelHandlerContext context) {
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
    if (open == 0) {
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
    while (open > 0) {
      answered(); // nobody is there to answer
    }
    context.fireChannelInactive();
  }

  /**
   * A broken gzip body, one that is too large: the client learns why, in its turn, if it still can.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (context.channel().isActive()) {
      enqueue(context, new Exchange(context, unreadable(cause)));
    }
  }

  private static Response unreadable(Throwable cause) {
    if (cause instanceof TooLongHttpContentException) {
      return Response.tooLarge(String.valueOf(cause.getMessage()));
    }
    return Response.error(
            Status.of(
                StatusException.invalidArgument(
                    "the request could not be read: %s", cause.getMessage())))
        .closing();
  }
}
