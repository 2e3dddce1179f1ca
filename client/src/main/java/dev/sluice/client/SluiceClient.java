package dev.sluice.client;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client of one model server, Sluice or TensorFlow Serving, over gRPC. {@link #model} says which
 * model is meant, and what comes of that has the calls.
 *
 * <p>Make one and share it: it is safe for use by any number of threads, and all calls go over one
 * connection. It connects at the first call, and again after a connection was lost.
 */
public final class SluiceClient implements AutoCloseable {

  private final Connection connection;
  private final Duration deadline;

  private SluiceClient(Connection connection, Duration deadline) {
    this.connection = connection;
    this.deadline = deadline;
  }

  /**
   * A client with what {@link Builder} says if it is told nothing. Nothing is connected yet.
   *
   * @param target {@code host:port}, {@code host} (then the port is 8500), {@code [address]:port}
   *     or {@code unix:path}
   * @throws IllegalArgumentException if the target is none of these
   */
  public static SluiceClient of(String target) {
    return builder(target).build();
  }

  /** The same, to be told more. */
  public static Builder builder(String target) {
    return new Builder(Target.parse(target));
  }

  /** A model of the server; whether there is one of that name only a call can say. */
  public RemoteModel model(String name) {
    return new RemoteModel(connection, ModelChoice.of(name), deadline);
  }

  /** How many calls have no outcome yet, those included that wait to be sent again. */
  public int inFlight() {
    return connection.inFlight();
  }

  /**
   * Takes no new call, waits until those in flight have ended, and disconnects. Their deadlines
   * bound how long that takes; an interrupt cancels them. Waits for a model to become available are
   * cancelled. Does nothing the second time.
   */
  @Override
  public void close() {
    connection.close();
  }

  /**
   * Takes no new call, cancels those in flight, and disconnects.
   *
   * @return how many calls were cancelled
   */
  @CanIgnoreReturnValue
  public int closeNow() {
    return connection.closeNow();
  }

  /** The server's address, for messages. */
  @Override
  public String toString() {
    return connection.toString();
  }

  static Duration positive(String what, Duration duration) {
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(what + " " + duration + ", expected more than 0");
    }
    return duration;
  }

  /**
   * What a client is told before it is made. Unless told otherwise it speaks clear text, a call may
   * take 60 seconds, messages may be as large as gRPC can make them (2^31 - 1 bytes), and calls are
   * repeated as {@link RetryPolicy#standard} says. For one thread.
   */
  public static final class Builder {

    private final Target target;
    private Duration deadline = Duration.ofSeconds(60);
    private int maxMessageBytes = Integer.MAX_VALUE;
    private RetryPolicy retries = RetryPolicy.standard();
    private TlsChannelCredentials.@Nullable Builder tls;
    private @Nullable String authority;

    private Builder(Target target) {
      this.target = target;
    }

    /** How long a call may take with all its repetitions, above zero, unless it says otherwise. */
    @CanIgnoreReturnValue
    public Builder deadline(Duration limit) {
      deadline = positive("deadline", limit);
      return this;
    }

    /** The largest request that is sent and the largest answer that is taken, above 0. */
    @CanIgnoreReturnValue
    public Builder maxMessageBytes(int limit) {
      if (limit < 1) {
        throw new IllegalArgumentException(limit + " bytes, expected more than 0");
      }
      maxMessageBytes = limit;
      return this;
    }

    /** Which calls are sent again. */
    @CanIgnoreReturnValue
    public Builder retries(RetryPolicy policy) {
      retries = policy;
      return this;
    }

    /** Speaks TLS, and trusts whom the JVM trusts. */
    @CanIgnoreReturnValue
    public Builder tls() {
      var _ = credentials();
      return this;
    }

    /**
     * Speaks TLS, and trusts the certificates in a file and nobody else.
     *
     * @param trusted in PEM
     * @throws UncheckedIOException if it can't be read
     */
    @CanIgnoreReturnValue
    public Builder tls(Path trusted) {
      try {
        credentials().trustManager(trusted.toFile());
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
      return this;
    }

    /**
     * Speaks TLS, and shows a certificate to servers that ask for one.
     *
     * @param chain the certificate, in PEM
     * @param key its private key, PKCS #8 in PEM
     * @throws UncheckedIOException if one can't be read
     */
    @CanIgnoreReturnValue
    public Builder clientCertificate(Path chain, Path key) {
      try {
        credentials().keyManager(chain.toFile(), key.toFile());
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
      return this;
    }

    /** The name that the server's certificate must have, if it is not the host's. */
    @CanIgnoreReturnValue
    public Builder authority(String name) {
      authority = name;
      return this;
    }

    /** The client. Nothing is connected yet. */
    public SluiceClient build() {
      ChannelCredentials credentials =
          tls == null ? InsecureChannelCredentials.create() : tls.build();
      return build(
          new NettyParts(target, new NettyParts.Options(credentials, authority, maxMessageBytes)));
    }

    /** With other parts than there are by default. */
    SluiceClient build(Connection.Parts parts) {
      return new SluiceClient(
          new Connection(target.toString(), parts, retries, maxMessageBytes), deadline);
    }

    private TlsChannelCredentials.Builder credentials() {
      if (tls == null) {
        tls = TlsChannelCredentials.newBuilder();
      }
      return tls;
    }
  }
}
