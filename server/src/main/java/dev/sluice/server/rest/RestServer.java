package dev.sluice.server.rest;

import dev.sluice.server.Decoders;
import dev.sluice.server.InFlightBytes;
import dev.sluice.server.Inference;
import dev.sluice.server.Transport;
import dev.sluice.server.config.RestSettings;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;

/** The listener of the REST API. */
public final class RestServer implements AutoCloseable {

  /**
   * How it is made.
   *
   * @param address where to listen; port 0 for any free one
   * @param settings limits, times and what answers are like
   * @param decoders runs the decoding of large bodies, which would hold an event loop
   * @param budget what all requests together may hold
   */
  public record Options(
      InetSocketAddress address, RestSettings settings, Decoders decoders, InFlightBytes budget) {}

  private final HttpListener listener;

  private RestServer(HttpListener listener) {
    this.listener = listener;
  }

  /**
   * Opens the port.
   *
   * @throws RuntimeException (or what the transport throws) if it cannot be bound
   */
  public static RestServer open(Transport transport, Inference inference, Options options) {
    return new RestServer(
        new HttpListener(transport, options.address(), services(inference, options)));
  }

  /** Without a port of its own: connections come by {@link #adopt}. */
  public static RestServer withoutPort(Inference inference, Options options) {
    return new RestServer(new HttpListener(services(inference, options)));
  }

  private static Exchange.Services services(Inference inference, Options options) {
    RestSettings settings = options.settings();
    return new Exchange.Services(
        new RestApi(inference, settings),
        options.decoders(),
        new HttpAnswers(new HttpDate(InstantSource.system()), settings.cors()),
        settings,
        options.budget());
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

  /** Takes no further connection, and asks each there is to end once its request is answered. */
  public void stopAccepting() {
    listener.stopAccepting();
  }

  /** Waits until no request is being worked on. False if that takes longer. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    return listener.awaitIdle(limit);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    listener.close();
  }
}
