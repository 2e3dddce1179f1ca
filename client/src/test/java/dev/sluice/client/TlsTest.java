package dev.sluice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.status.StatusCode;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with certificates of our own. */
class TlsTest {

  private static final Map<String, Tensor> X = Map.of("x", Tensor.scalar(1f));

  private static Path certificate;
  private static Path key;
  private static FakeServer server;
  private static FakeServer strict;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    writeIdentity(folder);
    server = new FakeServer(0, TlsServerCredentials.create(certificate.toFile(), key.toFile()));
    ServerCredentials mutual =
        TlsServerCredentials.newBuilder()
            .keyManager(certificate.toFile(), key.toFile())
            .trustManager(certificate.toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
    strict = new FakeServer(0, mutual);
  }

  @AfterAll
  static void stop() {
    server.close();
    strict.close();
  }

  /** A certificate that names 127.0.0.1 and model.example, signed by itself. */
  private static void writeIdentity(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=test",
                "-ext",
                "san=ip:127.0.0.1,dns:model.example",
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-storepass",
                "secret",
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
    Certificate own = keys.getCertificate("server");
    PrivateKey secret = (PrivateKey) keys.getKey("server", "secret".toCharArray());
    certificate = pem(folder.resolve("server.crt"), "CERTIFICATE", own.getEncoded());
    key = pem(folder.resolve("server.key"), "PRIVATE KEY", secret.getEncoded());
  }

  private static Path pem(Path file, String kind, byte[] content) throws Exception {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, text));
  }

  @Test
  void trustedServerIsAsked() {
    try (SluiceClient client = SluiceClient.builder(server.target()).tls(certificate).build()) {
      assertThat(client.model("m").predict(X).output()).isEqualTo(Tensor.scalar(1f));
    }
  }

  @Test
  void serverThatNobodyVouchesForIsNotAsked() {
    try (SluiceClient client =
        SluiceClient.builder(server.target()).tls().retries(RetryPolicy.none()).build()) {
      SluiceException failure =
          catchThrowableOfType(SluiceException.class, () -> client.model("m").predict(X));
      assertThat(failure.code()).isEqualTo(StatusCode.UNAVAILABLE);
      assertThat(failure.sent()).isFalse();
      assertThat(failure.text()).contains("unable to find valid certification path");
    }
  }

  @Test
  void certificateMustBeForTheNameThatIsExpected() {
    try (SluiceClient client =
            SluiceClient.builder(server.target())
                .tls(certificate)
                .authority("other.example")
                .retries(RetryPolicy.none())
                .build();
        SluiceClient right =
            SluiceClient.builder(server.target())
                .tls(certificate)
                .authority("model.example")
                .build()) {
      SluiceException failure =
          catchThrowableOfType(SluiceException.class, () -> client.model("m").predict(X));
      assertThat(failure.text()).contains("other.example");
      assertThat(right.model("m").predict(X).outputs()).hasSize(1);
    }
  }

  @Test
  void clientShowsItsCertificate() {
    try (SluiceClient client =
            SluiceClient.builder(strict.target())
                .tls(certificate)
                .clientCertificate(certificate, key)
                .build();
        SluiceClient stranger =
            SluiceClient.builder(strict.target())
                .tls(certificate)
                .retries(RetryPolicy.none())
                .build()) {
      assertThat(client.model("m").predict(X).outputs()).hasSize(1);
      assertThatThrownBy(() -> stranger.model("m").predict(X)).isInstanceOf(SluiceException.class);
    }
    assertThat(strict.predicts).hasValue(1);
  }

  @Test
  void fileThatIsMissingIsSaidAtOnce() {
    assertThatThrownBy(() -> SluiceClient.builder("h").tls(Path.of("/nowhere.pem")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("/nowhere.pem");
  }
}
