package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableId;
import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.config.RestSettings;
import dev.sluice.server.log.AccessEntry;
import dev.sluice.server.log.AccessLog;
import dev.sluice.server.trace.RequestTrace;
import dev.sluice.server.trace.Traces;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A request, or what is to be said instead of one, on its way to its answer: read, handled here or
 * on a decoder's thread, compressed where that was asked for, and handed to the event loop.
 *
 * <p>Started and abandoned on the event loop. The answer may come from any thread, once.
 */
final class Exchange {

  private static final System.Logger LOG = System.getLogger(Exchange.class.getName());

  /** Bodies that inflate to less than this may do so at any ratio. */
  private static final int RATIO_COUNTS_FROM = 16 << 20;

  /** What the log of requests has for one that nobody waited for; no answer has it. */
  private static final int CLIENT_GONE = 499;

  /**
   * What exchanges of one server share.
   *
   * @param responded is told the HTTP status of each answer that goes out
   * @param access is told of each request; null for nobody
   * @param traces null for none
   */
  record Services(
      Api api,
      Decoders decoders,
      HttpAnswers answers,
      RestSettings settings,
      InFlightBytes budget,
      IntConsumer responded,
      @Nullable AccessLog access,
      @Nullable Traces traces) {}

  private final ChannelHandlerContext context;
  private final Services services;
  private final Api.Request request;
  private final HttpAnswers.Asked asked;
  private final boolean keepsAlive;
  private final boolean inflates;
  private final String acceptEncoding;
  private final @Nullable Response early;
  private final Consumer<Response> answered;
  private final InFlightBytes.Lease lease;
  private long begunNanos;
  private @Nullable Response sent;
  private @Nullable RequestTrace trace;
  private volatile @Nullable Call call;

  /**
   * An exchange of a request that was read.
   *
   * @param answered gets the answer, on the event loop
   */
  Exchange(
      ChannelHandlerContext context,
      Services services,
      BodyAggregator.Whole http,
      Consumer<Response> answered) {
    HttpHeaders headers = http.headers();
    this.context = context;
    this.services = services;
    this.asked =
        new HttpAnswers.Asked(http.protocolVersion(), !http.method().equals(HttpMethod.HEAD));
    this.keepsAlive = HttpUtil.isKeepAlive(http);
    this.inflates =
        http.method().equals(HttpMethod.POST)
            && Gzip.isEncoding(headers.get(HttpHeaderNames.CONTENT_ENCODING, ""));
    this.acceptEncoding = headers.get(HttpHeaderNames.ACCEPT_ENCODING, "");
    this.request =
        new Api.Request(
            http.method().name(),
            http.uri(),
            headers.get(HttpHeaderNames.ORIGIN),
            headers.get(RestApi.TIMEOUT_HEADER),
            headers,
            bytes(http.content()),
            () -> {},
            0,
            null);
    this.early = EarlyAnswers.to(http, services.api());
    this.answered = answered;
    this.lease = http.lease();
  }

  /** An exchange in which the answer stands already, since the request could not be read. */
  Exchange(
      ChannelHandlerContext context,
      Services services,
      Response early,
      Consumer<Response> answered) {
    this.context = context;
    this.services = services;
    this.asked = new HttpAnswers.Asked(HttpVersion.HTTP_1_1, true);
    this.keepsAlive = false;
    this.inflates = false;
    this.acceptEncoding = "";
    this.request =
        new Api.Request(
            "", "", null, null, EmptyHttpHeaders.INSTANCE, new byte[0], () -> {}, 0, null);
    this.early = early;
    this.answered = answered;
    this.lease = services.budget().lease();
  }

  /** The content itself where that is an array; nobody else keeps it. */
  private static byte[] bytes(ByteBuf content) {
    return ByteBufUtil.getBytes(content, content.readerIndex(), content.readableBytes(), false);
  }

  /** True iff the client wants to go on using the connection. */
  boolean keepsAlive() {
    return keepsAlive;
  }

  /** The answer as it goes out; to HEAD without its body. */
  ByteBuf http(Response response, boolean stays) {
    services.responded().accept(response.status().code());
    sent = response;
    if (trace != null) {
      HttpTraces.answered(trace, response);
    }
    return services.answers().of(response, asked, stays, context.alloc());
  }

  /** The answer has left, or nobody is there to get it: the request's bytes count no more. */
  void left() {
    lease.release();
    AccessLog access = services.access();
    if (access != null && begunNanos != 0) {
      access.add(entry(System.nanoTime() - begunNanos));
    }
    if (trace != null) {
      trace.end();
    }
  }

  private AccessEntry entry(long nanos) {
    Response answer = sent;
    String path = Route.withoutQuery(request.target());
    return new AccessEntry(
        System.currentTimeMillis(),
        "rest",
        context.channel().remoteAddress(),
        request.method(),
        path,
        served(answer == null ? null : answer.served(), path),
        answer == null ? CLIENT_GONE : answer.status().code(),
        request.body().length,
        answer == null ? 0 : answer.body().length,
        nanos);
  }

  private static AccessEntry.Served served(@Nullable ServableId id, String path) {
    return id == null
        ? new AccessEntry.Served(Route.modelIn(path), null)
        : new AccessEntry.Served(id.name(), id.version());
  }

  void start() {
    begunNanos = System.nanoTime();
    if (services.traces() != null) {
      trace = HttpTraces.begin(services.traces(), request, context.channel(), begunNanos);
    }
    if (early != null) {
      answer(early);
    } else if (request.body().length <= Decoders.IN_LOOP_BYTES && !inflates) {
      handle(request);
    } else {
      elsewhere(this::read, () -> answer(Response.error(Decoders.FULL)));
    }
  }

  /** Drops the request where it has not been answered; its run, if there is one, is cancelled. */
  void abandon() {
    Call started = call;
    if (started != null) {
      started.cancel();
    }
  }

  private void read() {
    try {
      if (inflates) {
        services.api().check(request.method(), request.target());
        inflate(new GzipBody(request.body()));
      } else {
        handle(request);
      }
    } catch (RuntimeException | Error failure) {
      answer(Response.error(Status.of(failure)));
    }
  }

  private void inflate(GzipBody body) {
    RestSettings settings = services.settings();
    int most = Math.min(settings.maxBodyBytes(), settings.maxInflatedBytes());
    if (body.length() > most) {
      answer(
          Response.tooLarge(
              "The request body inflates to "
                  + body.length()
                  + " bytes, more than "
                  + most
                  + ", the lesser of --rest_api_max_inflated_bytes and --rest_api_max_body_bytes"));
    } else if (settings.maxGzipRatio() > 0
        && body.length() > RATIO_COUNTS_FROM
        && body.ratio() > settings.maxGzipRatio()) {
      answer(
          Response.tooLarge(
              "The request body inflates to "
                  + body.ratio()
                  + " times its size, more than "
                  + settings.maxGzipRatio()
                  + ", which --rest_api_max_gzip_ratio allows"));
    } else {
      lease.take(body.length());
      handle(request.with(body.inflated()));
    }
  }

  private void handle(Api.Request readable) {
    Runnable share = lease.share();
    Call started = services.api().handle(readable.begun(share, begunNanos, trace), this::answer);
    if (started == null) {
      share.run();
    }
    call = started;
    if (started != null && !context.channel().isActive()) {
      started.cancel(); // the client went away meanwhile
    }
  }

  private void elsewhere(Runnable work, Runnable otherwise) {
    try {
      services.decoders().execute(work);
    } catch (StatusException full) {
      otherwise.run();
    }
  }

  /** Where the answer is made on the event loop and is large, it is compressed elsewhere. */
  private void answer(Response response) {
    int least = services.settings().gzipMinBytes();
    boolean compresses =
        least > 0 && response.body().length >= least && Gzip.isAccepted(acceptEncoding);
    boolean inLoop = context.executor().inEventLoop();
    if (!compresses) {
      deliver(response);
    } else if (inLoop && response.body().length > Decoders.IN_LOOP_BYTES) {
      elsewhere(() -> deliver(response.compressed()), () -> deliver(response));
    } else {
      deliver(response.compressed());
    }
  }

  private void deliver(Response response) {
    lease.add(response.body().length);
    if (context.executor().inEventLoop()) {
      answered.accept(response);
      return;
    }
    try {
      context.executor().execute(() -> answered.accept(response));
    } catch (RejectedExecutionException ended) {
      LOG.log(Level.DEBUG, "An answer came after its connection had ended");
    }
  }
}
