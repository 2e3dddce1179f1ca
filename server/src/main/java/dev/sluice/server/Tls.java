package dev.sluice.server;

import dev.sluice.server.config.TlsIdentity;
import dev.sluice.server.log.LogEvent;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.lang.System.Logger.Level;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;

/**
 * The server's side of TLS: 1.2 and 1.3 by the JDK's own engine, with the identity of the moment. A
 * connection keeps what it began with; another identity is for those that come after.
 *
 * <p>Thread-safe.
 */
public final class Tls {

  private static final System.Logger LOG = System.getLogger(ModelServer.class.getName());

  /** What is spoken inside of TLS, which client and server agree upon by ALPN. */
  public enum Speaks {
    GRPC,
    REST,
    BOTH;

    private List<String> protocols() {
      return switch (this) {
        case GRPC -> List.of(ApplicationProtocolNames.HTTP_2);
        case REST -> List.of(ApplicationProtocolNames.HTTP_1_1);
        case BOTH -> List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);
      };
    }
  }

  /** How connections to a port begin. Thread-safe. */
  public final class Door {
    private final Speaks speaks;
    private final boolean clearTextToo;

    private Door(Speaks speaks, boolean clearTextToo) {
      this.speaks = speaks;
      this.clearTextToo = clearTextToo;
    }

    /** Puts TLS before all that is in the pipeline of a new connection. */
    public void guard(ChannelPipeline pipeline) {
      State now = state;
      boolean clearText = clearTextToo && !now.verifiesClients();
      SslContext context = Objects.requireNonNull(now.contexts().get(speaks));
      if (!clearText) { // at once, since grpc writes before a byte has come
        pipeline.addFirst(context.newHandler(pipeline.channel().alloc()));
      }
      pipeline.addFirst(new FirstByte(clearText ? context : null));
    }
  }

  /** What connections begin with at a moment. */
  private record State(Map<Speaks, SslContext> contexts, boolean verifiesClients) {}

  private volatile State state;

  /**
   * @throws StatusException INVALID_ARGUMENT if the JDK can't use the identity
   */
  Tls(TlsIdentity identity) {
    this.state = state(identity);
    tell("TLS", identity);
  }

  /**
   * Shows another identity to those who connect from now on.
   *
   * @throws StatusException INVALID_ARGUMENT if the JDK can't use it; then the former stays
   */
  void become(TlsIdentity identity) {
    state = state(identity);
    tell("TLS, for new connections", identity);
  }

  /**
   * How connections to a port begin.
   *
   * @param clearTextToo whether a client that does not begin with TLS is served all the same, while
   *     clients need not show who they are
   */
  Door door(Speaks speaks, boolean clearTextToo) {
    return new Door(speaks, clearTextToo);
  }

  private static State state(TlsIdentity identity) {
    Map<Speaks, SslContext> contexts = new EnumMap<>(Speaks.class);
    for (Speaks speaks : Speaks.values()) {
      contexts.put(speaks, context(identity, speaks));
    }
    return new State(contexts, identity.verifiesClients());
  }

  private static SslContext context(TlsIdentity identity, Speaks speaks) {
    SslContextBuilder builder =
        SslContextBuilder.forServer(identity.key(), identity.chain())
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .clientAuth(identity.verifiesClients() ? ClientAuth.REQUIRE : ClientAuth.NONE)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    speaks.protocols()));
    if (!identity.clientRoots().isEmpty()) {
      builder.trustManager(identity.clientRoots());
    }
    try {
      return builder.build();
    } catch (SSLException | IllegalArgumentException unusable) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "--ssl_config_file can't be used: " + unusable.getMessage(),
          unusable);
    }
  }

  private static void tell(String what, TlsIdentity identity) {
    X509Certificate own = identity.certificate();
    Instant end = own.getNotAfter().toInstant();
    LogEvent.of(
            "tls_certificate",
            "%s: the certificate of %s, valid until %s; clients need %s"
                .formatted(
                    what,
                    own.getSubjectX500Principal(),
                    end,
                    identity.verifiesClients() ? "one as well" : "none"))
        .with("subject", own.getSubjectX500Principal().getName())
        .with("not_after", end)
        .with("verifies_clients", identity.verifiesClients())
        .log(LOG, Level.INFO);
    Instant now = Instant.now();
    if (own.getNotAfter().toInstant().isBefore(now)
        || own.getNotBefore().toInstant().isAfter(now)) {
      LOG.log(
          Level.WARNING,
          "The certificate is valid from {0} to {1}: most clients will refuse it",
          own.getNotBefore().toInstant(),
          own.getNotAfter().toInstant());
    }
  }
}
