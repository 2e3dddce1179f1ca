package dev.sluice.server.rest;

import dev.sluice.server.InFlightBytes;
import dev.sluice.server.ModelSelector;
import dev.sluice.server.Readiness;
import dev.sluice.server.Transport;
import dev.sluice.server.VersionRuns;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

/**
 * The listener for those who run the server, not for those who ask its models. Its connections are
 * held to the limits and times of the REST API. It opens first and closes last.
 */
public final class AdminServer implements AutoCloseable {

  private final HttpListener listener;

  private AdminServer(HttpListener listener) {
    this.listener = listener;
  }

  /**
   * Opens the port.
   *
   * @param readiness how the server stands
   * @param batching what there is to tell of the runs of a model's versions; throws as {@link
   *     dev.sluice.server.ServedModels#states}
   * @param options whose limits hold here too; an answer is never for scripts of other origins
   * @throws StatusException INVALID_ARGUMENT if it cannot be bound
   */
  public static AdminServer open(
      Transport transport,
      Readiness readiness,
      Function<ModelSelector, List<VersionRuns>> batching,
      RestServer.Options options) {
    Exchange.Services services =
        new Exchange.Services(
            new AdminApi(
                options.decoders(),
                new HealthPages(readiness),
                new BatchingPage(batching),
                new LoggingPage(),
                new ScrapePages(options.scrapes())),
            options.decoders(),
            new HttpAnswers(new HttpDate(InstantSource.system()), false),
            options.settings(),
            new InFlightBytes(Long.MAX_VALUE), // it answers when all else is full
            _ -> {},
            null,
            null);
    try {
      return new AdminServer(new HttpListener(transport, options.address(), services, null));
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Exception failure) { // Netty throws what bind threw, checked or not
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "The admin port cannot be opened at " + options.address() + ": " + failure.getMessage(),
          failure);
    }
  }

  /** The port that was bound. */
  public int port() {
    return listener.port();
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    listener.close();
  }
}
