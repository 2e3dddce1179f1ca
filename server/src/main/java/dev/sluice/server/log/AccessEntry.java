package dev.sluice.server.log;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A request and what became of it.
 *
 * @param endedMillis when its answer had left, or it was given up, since 1970
 * @param protocol {@code rest} or {@code grpc}
 * @param peer who asked; null if nobody knows
 * @param method of HTTP; empty where it is not known, and for gRPC
 * @param path without its query; for gRPC service and method; empty where it is not known
 * @param served what was asked, and which version answered
 * @param status a number of HTTP, or the name of a code
 * @param received bytes of the request's body or messages as they came
 * @param sent bytes of the answer's body or messages as they went
 * @param nanos from its beginning to its end
 */
public record AccessEntry(
    long endedMillis,
    String protocol,
    @Nullable SocketAddress peer,
    String method,
    String path,
    Served served,
    Object status,
    long received,
    long sent,
    long nanos) {

  /**
   * A model, as far as it is known.
   *
   * @param model its name; null for none
   * @param version which one answered; null for none
   */
  public record Served(@Nullable String model, @Nullable Long version) {

    /** Of no model at all, or of none that could be understood. */
    public static final Served NOTHING = new Served(null, null);
  }
}
