package dev.sluice.load;

import dev.sluice.status.StatusException;
import java.net.InetSocketAddress;
import java.util.Map;

/** Whom a load is for: an address, and what each request to it has in common. Immutable. */
public sealed interface LoadTarget {

  /** Where the server listens. */
  InetSocketAddress address();

  /** Sent with each request beside what the protocol needs, in the map's order. */
  Map<String, String> headers();

  /** This target with one more header, such as a deadline. */
  LoadTarget withHeader(String name, String value);

  /** The status of an answer that is as it should be: 200 or 0. */
  int success();

  /**
   * POSTs over HTTP/1.1, one at a time on a connection, with bodies of JSON.
   *
   * @param path the path with its leading slash, such as {@code /v1/models/boston:predict}
   */
  record Rest(InetSocketAddress address, String path, Map<String, String> headers)
      implements LoadTarget {

    public Rest {
      if (!path.startsWith("/")) {
        throw StatusException.invalidArgument("path \"%s\", expected a leading slash", path);
      }
      headers = Headers.checked(headers);
    }

    @Override
    public Rest withHeader(String name, String value) {
      return new Rest(address, path, Headers.with(headers, name, value));
    }

    @Override
    public int success() {
      return 200;
    }
  }

  /**
   * Unary calls over HTTP/2 without TLS, many at a time on a connection.
   *
   * @param method service and method, such as {@code tensorflow.serving.PredictionService/Predict}
   */
  record Grpc(InetSocketAddress address, String method, Map<String, String> headers)
      implements LoadTarget {

    public Grpc {
      if (method.startsWith("/") || method.indexOf('/') < 0) {
        throw StatusException.invalidArgument(
            "method \"%s\", expected package.Service/Method", method);
      }
      headers = Headers.checked(headers);
    }

    @Override
    public Grpc withHeader(String name, String value) {
      return new Grpc(address, method, Headers.with(headers, name, value));
    }

    @Override
    public int success() {
      return 0;
    }
  }

  /** A target without further headers. */
  static Rest rest(InetSocketAddress address, String path) {
    return new Rest(address, path, Map.of());
  }

  /** A target without further headers. */
  static Grpc grpc(InetSocketAddress address, String method) {
    return new Grpc(address, method, Map.of());
  }
}
