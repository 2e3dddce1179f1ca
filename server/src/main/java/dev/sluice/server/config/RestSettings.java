package dev.sluice.server.config;

import java.time.Duration;
import java.util.Optional;

/**
 * What flags say of the REST API. Immutable.
 *
 * @param timeout how long the run of a request may take; empty for as long as it does
 * @param maxBodyBytes most bytes of a body, as sent and after inflating; at least 1
 * @param maxInflatedBytes most bytes that a gzip body may inflate to; at least 1
 * @param maxGzipRatio how many times its size a large gzip body may inflate to; 0 for any
 * @param maxHeaderBytes most bytes of a request line, and of the headers after it; at least 1
 * @param receiveTimeout what a request may take to arrive, beside what its bytes earn; zero for any
 * @param minReceiveRate bytes that earn a request another second to arrive; at least 1
 * @param idleTimeout how long a connection may have nothing to do; zero for any time
 * @param cancelsOnClose whether a client that ends its sending side counts as gone
 * @param cors whether answers may be read by scripts from anywhere
 * @param gzipMinBytes the smallest answer that is compressed for those who ask; 0 for none
 * @param errorHints whether errors say what would have been right
 */
public record RestSettings(
    Optional<Duration> timeout,
    int maxBodyBytes,
    int maxInflatedBytes,
    int maxGzipRatio,
    int maxHeaderBytes,
    Duration receiveTimeout,
    int minReceiveRate,
    Duration idleTimeout,
    boolean cancelsOnClose,
    boolean cors,
    int gzipMinBytes,
    boolean errorHints) {

  static RestSettings of(ServerOptions options) {
    int millis = options.int32(Flag.REST_API_TIMEOUT_IN_MS);
    return new RestSettings(
        millis > 0 ? Optional.of(Duration.ofMillis(millis)) : Optional.empty(),
        atMostInt(options.int64(Flag.REST_API_MAX_BODY_BYTES)),
        atMostInt(options.int64(Flag.REST_API_MAX_INFLATED_BYTES)),
        options.int32(Flag.REST_API_MAX_GZIP_RATIO),
        options.int32(Flag.REST_API_MAX_HEADER_BYTES),
        Duration.ofSeconds(options.int32(Flag.REST_API_RECEIVE_TIMEOUT_SECONDS)),
        options.int32(Flag.REST_API_MIN_RECEIVE_BYTES_PER_SECOND),
        Duration.ofSeconds(options.int32(Flag.REST_API_IDLE_TIMEOUT_SECONDS)),
        options.bool(Flag.REST_API_CANCEL_ON_CLOSE),
        options.bool(Flag.REST_API_ENABLE_CORS_SUPPORT),
        options.int32(Flag.REST_API_GZIP_MIN_BYTES),
        options.bool(Flag.REST_ERROR_HINTS));
  }

  /** Arrays are not longer, so no body can be. */
  private static int atMostInt(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE - 8, bytes);
  }
}
