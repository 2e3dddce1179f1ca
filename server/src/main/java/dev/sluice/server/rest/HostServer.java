package dev.sluice.server.rest;

import dev.sluice.server.Inference;
import dev.sluice.server.ModelReload;
import dev.sluice.server.Readiness;
import dev.sluice.server.Transport;
import dev.sluice.server.config.Hosting;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.Duration;

/**
 * The listener for a platform that runs the server and asks it by a contract of its own. It opens
 * before the models are loaded, since platforms ask early, and drains with the REST API's.
 */
public final class HostServer implements AutoCloseable {

  /**
   * What answers.
   *
   * @param reload loads and unloads models where the platform says which
   */
  public record Services(Inference inference, ModelReload reload, Readiness readiness) {}

  private final HttpListener listener;

  private HostServer(HttpListener listener) {
    this.listener = listener;
  }

  /**
   * Opens the port.
   *
   * @param hosting with its default model
   * @throws StatusException INVALID_ARGUMENT if it cannot be bound
   */
  public static HostServer open(
      Transport transport, Hosting hosting, Services services, RestServer.Options options) {
    Exchange.Services exchanges =
        RestServer.services(api(hosting, services, options), services.inference(), options);
    try {
      return new HostServer(
          new HttpListener(transport, options.address(), exchanges, options.door()));
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Exception failure) { // Netty throws what bind threw, checked or not
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "The port for %s cannot be opened at %s: %s"
              .formatted(hosting.platform(), options.address(), failure.getMessage()),
          failure);
    }
  }

  private static Api api(Hosting hosting, Services services, RestServer.Options options) {
    RestApi rest = new RestApi(services.inference(), services.readiness(), options);
    return switch (hosting) {
      case Hosting.SageMaker host ->
          new SageMakerApi(
              rest,
              services.readiness(),
              host,
              new SageMakerModels(
                  services.reload(), services.inference().models(), options.decoders()::execute));
      case Hosting.VertexAi host -> new VertexAiApi(rest, services.readiness(), host);
    };
  }

  /** The port that was bound. */
  public int port() {
    return listener.port();
  }

  /** From now on each answer is the last one of its connection; new connections are taken. */
  public void announceEnd() {
    listener.announceEnd();
  }

  /** As {@link RestServer#stopAccepting}. */
  public void stopAccepting() {
    listener.stopAccepting();
  }

  /** As {@link RestServer#awaitIdle}. */
  public boolean awaitIdle(Duration limit) throws InterruptedException {
    return listener.awaitIdle(limit);
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    listener.close();
  }
}
