package dev.sluice.server.rest;

import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.Inference;
import dev.sluice.server.Readiness;
import dev.sluice.server.Tls;
import dev.sluice.server.Transport;
import dev.sluice.server.config.RestSettings;
import dev.sluice.server.log.AccessLog;
import dev.sluice.server.metrics.MetricsPages;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The listener of the REST API. */
public final class RestServer implements AutoCloseable {

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one
   * @param settings limits, times and what answers are like
   * @param decoders runs the decoding of large bodies, which would hold an event loop
   * @param budget what all requests together may hold
   * @param scrapes the pages of metrics
   * @param door how connections begin where TLS is spoken; null for clear text
   * @param access is told of each request; null for nobody
   */
  public record Options(
      InetSocketAddress address,
      RestSettings settings,
      Decoders decoders,
      InFlightBytes budget,
      MetricsPages scrapes,
      Tls.@Nullable Door door,
      @Nullable AccessLog access) {}

  private final HttpListener listener;

  private RestServer(HttpListener listener) {
    this.listener = listener;
  }

  /**
   * Opens the port.
   *
   * @throws RuntimeException (or what the transport throws) if it cannot be bound
   */
  public static RestServer open(
      Transport transport, Inference inference, Readiness readiness, Options options) {
    return new RestServer(
        new HttpListener(
            transport,
            options.address(),
            services(new RestApi(inference, readiness, options), inference, options),
            options.door()));
  }

  /** Without a port of its own: connections come by {@link #adopt}. */
  public static RestServer withoutPort(
      Transport transport, Inference inference, Readiness readiness, Options options) {
    return new RestServer(
        new HttpListener(
            transport, services(new RestApi(inference, readiness, options), inference, options)));
  }

  /**
   * What the connections of a listener need.
   *
   * @param api answers their requests
   */
  static Exchange.Services services(Api api, Inference inference, Options options) {
    RestSettings settings = options.settings();
    return new Exchange.Services(
        api,
        options.decoders(),
        new HttpAnswers(new HttpDate(InstantSource.system()), settings.cors()),
        settings,
        options.budget(),
        inference.metrics()::responded,
        options.access(),
        inference.traces());
  }

  /**
   * Takes a connection that was accepted elsewhere; nothing may have been read from it that does
   * not come through its pipeline later. To be called on its event loop.
   */
  public void adopt(Channel channel) {
    listener.adopt(channel);
  }

  /** The port that was bound; 0 if it has none of its own. */
  public int port() {
    return listener.port();
  }

  /** From now on each answer is the last one of its connection; new connections are taken. */
  public void announceEnd() {
    listener.announceEnd();
  }

  /**
   * Takes no further connection, and asks each there is to end: once its request is answered, or
   * once it has been quiet for a moment.
   */
  public void stopAccepting() {
    listener.stopAccepting();
  }

  /** Waits until no request is being worked on or may still come. False if that takes longer. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    return listener.awaitIdle(limit);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    listener.close();
  }
}
