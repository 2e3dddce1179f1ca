package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.serving.GetModelStatusRequest;
import dev.sluice.proto.serving.ModelServiceGrpc;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.testkit.Models;
import dev.sluice.testkit.Spec;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over both protocols and real sockets. */
class TlsTest {

  private static final String PREDICT =
      RawHttp.post("/v1/models/half:predict", "{\"instances\": [1.0]}");

  @TempDir private Path folder;

  private Path config;

  @BeforeEach
  void copyModel() {
    Models.copyTo(folder, Models.HALF_PLUS_TWO);
    config = folder.resolve("ssl.config");
  }

  private TestServer serve(String ssl, String... flags) throws Exception {
    TestCertificates.write(config, ssl);
    String[] all = new String[flags.length + 1];
    all[0] = "--ssl_config_file=" + config;
    System.arraycopy(flags, 0, all, 1, flags.length);
    return TestServer.of("half", folder.resolve(Models.HALF_PLUS_TWO), all);
  }

  private static ManagedChannel channel(TestServer server, @Nullable String client)
      throws SSLException {
    SslContextBuilder context =
        GrpcSslContexts.forClient()
            .trustManager(stream(TestCertificates.certificatePem(TestCertificates.AUTHORITY)));
    if (client != null) {
      context.keyManager(
          stream(TestCertificates.certificatePem(client)), stream(TestCertificates.keyPem(client)));
    }
    return NettyChannelBuilder.forAddress("127.0.0.1", server.server().grpcPort())
        .sslContext(context.build())
        .build();
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static int askGrpc(TestServer server, @Nullable String client) throws Exception {
    ManagedChannel channel = channel(server, client);
    try {
      return status(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  private static int status(ManagedChannel channel) {
    return ModelServiceGrpc.newBlockingStub(channel)
        .getModelStatus(
            GetModelStatusRequest.newBuilder()
                .setModelSpec(ModelSpec.newBuilder().setName("half"))
                .build())
        .getModelVersionStatusCount();
  }

  private static RawHttp.Answer askRest(TestServer server, @Nullable String client)
      throws Exception {
    try (RawHttp connection = new RawHttp(TlsClient.connect(server.restPort(), client))) {
      return connection.send(PREDICT).read();
    }
  }

  @Test
  @Spec("V07")
  @Proves("--ssl_config_file")
  void bothProtocolsAreSecuredByOneFile() throws Exception {
    String ssl = TestCertificates.text(TestCertificates.config(TestCertificates.SERVER));
    try (TestServer server = serve(ssl)) {
      assertThat(askGrpc(server, null)).isEqualTo(1);
      assertThat(askRest(server, null).text()).contains("3.5");
      // A client that is not asked for its certificate need not be known.
      assertThat(askGrpc(server, TestCertificates.STRANGER)).isEqualTo(1);
      assertThat(askRest(server, TestCertificates.STRANGER).text()).contains("3.5");
    }
  }

  @Test
  @Spec("V07")
  void clientsMustShowACertificateThatTheAuthoritySigned() throws Exception {
    String ssl = TestCertificates.text(TestCertificates.mutual(TestCertificates.OTHER_SERVER));
    try (TestServer server = serve(ssl)) {
      assertThat(askGrpc(server, TestCertificates.CLIENT)).isEqualTo(1);
      assertThat(askRest(server, TestCertificates.CLIENT).text()).contains("3.5");
      for (String client : new String[] {null, TestCertificates.STRANGER}) {
        assertThatThrownBy(() -> askGrpc(server, client))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageStartingWith("UNAVAILABLE");
        assertThatThrownBy(() -> askRest(server, client)).isInstanceOf(IOException.class);
      }
      // Clear text would be a way round.
      try (RawHttp clear = new RawHttp(server.restPort())) {
        RawHttp.Answer answer = clear.send(PREDICT).read();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("This port speaks TLS");
        assertThat(clear.atEnd()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--rest_api_tls=auto,  200, true",
    "--rest_api_tls=true,  400, true",
    "--rest_api_tls=false, 200, false"
  })
  void clearTextOverRestIsAsTheFlagSays(String flag, int status, boolean tls) throws Exception {
    String ssl = TestCertificates.text(TestCertificates.config(TestCertificates.SERVER));
    try (TestServer server = serve(ssl, flag);
        RawHttp clear = new RawHttp(server.restPort())) {
      assertThat(clear.send(PREDICT).read().status()).isEqualTo(status);
      if (tls) {
        assertThat(askRest(server, null).status()).isEqualTo(200);
      } else {
        assertThatThrownBy(() -> askRest(server, null)).isInstanceOf(SSLException.class);
      }
    }
  }

  @Test
  void clientOfGrpcInClearTextIsToldWhatIsWrong() throws Exception {
    String ssl = TestCertificates.text(TestCertificates.config(TestCertificates.SERVER));
    try (TestServer server = serve(ssl);
        RawHttp http = new RawHttp(server.server().grpcPort())) {
      ManagedChannel clear =
          NettyChannelBuilder.forAddress("127.0.0.1", server.server().grpcPort())
              .usePlaintext()
              .build();
      assertThatThrownBy(() -> status(clear))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("This port speaks TLS");
      clear.shutdownNow();
      assertThat(http.send(RawHttp.get("/")).read().text()).contains("This port speaks TLS");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void oldProtocolsAreRefused(int minor) throws Exception {
    String ssl = TestCertificates.text(TestCertificates.config(TestCertificates.SERVER));
    try (TestServer server = serve(ssl)) {
      for (int port : new int[] {server.restPort(), server.server().grpcPort()}) {
        assertThat(TlsClient.answerToHello(port, minor))
            .isEqualTo(TlsClient.ALERT_PROTOCOL_VERSION);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void modernProtocolsAreSpoken(String protocol) throws Exception {
    String ssl = TestCertificates.text(TestCertificates.config(TestCertificates.SERVER));
    try (TestServer server = serve(ssl)) {
      try (RawHttp connection = new RawHttp(TlsClient.connect(server.restPort(), null, protocol))) {
        assertThat(connection.send(PREDICT).read().text()).contains("3.5");
      }
    }
  }

  @Test
  void portThatBothProtocolsShareSpeaksTlsWithBoth() throws Exception {
    TestCertificates.write(
        config, TestCertificates.text(TestCertificates.mutual(TestCertificates.SERVER)));
    try (TestServer server =
        TestServer.startOnOnePort(
            "--ssl_config_file=" + config,
            "--model_name=half",
            "--model_base_path=" + folder.resolve(Models.HALF_PLUS_TWO))) {
      assertThat(server.restPort()).isEqualTo(server.server().grpcPort());
      assertThat(askGrpc(server, TestCertificates.CLIENT)).isEqualTo(1);
      assertThat(askRest(server, TestCertificates.CLIENT).text()).contains("3.5");
      assertThatThrownBy(() -> askRest(server, null)).isInstanceOf(IOException.class);
      try (RawHttp clear = new RawHttp(server.restPort())) {
        assertThat(clear.send(PREDICT).read().text()).contains("This port speaks TLS");
      }
    }
  }

  @Test
  void newConnectionsSeeTheNewCertificateAndOldOnesGoOn() throws Exception {
    try (TestServer server =
        serve(TestCertificates.text(TestCertificates.config(TestCertificates.SERVER)))) {
      ManagedChannel old = channel(server, null);
      try (RawHttp oldRest = new RawHttp(TlsClient.connect(server.restPort(), null))) {
        assertThat(status(old)).isEqualTo(1);
        assertThat(oldRest.send(PREDICT).read().status()).isEqualTo(200);

        try (LoggedLines log = LoggedLines.of(ModelServer.class)) {
          TestCertificates.write(config, "server_key: 'broken'");
          log.await("server_key can't be used: it holds no PEM");
        }
        assertThat(TlsClient.subject(server.restPort())).isEqualTo("CN=server");

        TestCertificates.write(
            config, TestCertificates.text(TestCertificates.config(TestCertificates.OTHER_SERVER)));
        awaitSubject(server.restPort(), "CN=other-server");
        awaitSubject(server.server().grpcPort(), "CN=other-server");
        assertThat(status(old)).isEqualTo(1);
        assertThat(oldRest.send(PREDICT).read().status()).isEqualTo(200);
      } finally {
        old.shutdownNow();
      }
    }
  }

  private static void awaitSubject(int port, String subject) throws Exception {
    for (int i = 0; i < 3000 && !TlsClient.subject(port).equals(subject); i++) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(TlsClient.subject(port)).isEqualTo(subject);
  }
}
