package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proto.config.SSLConfig;
import dev.sluice.server.config.TlsIdentity;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What may stand in the file of {@code --ssl_config_file}, and what is said of what may not. */
class TlsConfigTest {

  private static final System.Logger LOG = System.getLogger(TlsConfigTest.class.getName());

  private static final SSLConfig GOOD = TestCertificates.config(TestCertificates.SERVER);

  @TempDir private Path folder;

  private TlsIdentity read(String text) throws IOException {
    return TlsIdentity.read(Files.writeString(folder.resolve("ssl.config"), text).toString(), LOG);
  }

  private PrivateKey key(String server, String pem) throws IOException {
    SSLConfig config = TestCertificates.config(server).toBuilder().setServerKey(pem).build();
    return read(TestCertificates.text(config)).key();
  }

  @Test
  void chainAndAuthorityAreRead() throws Exception {
    SSLConfig config =
        TestCertificates.mutual(TestCertificates.SERVER).toBuilder()
            .setServerCert(
                "for people: the chain\n"
                    + TestCertificates.certificatePem(TestCertificates.SERVER)
                    + "and who signed it\n"
                    + TestCertificates.certificatePem(TestCertificates.AUTHORITY))
            .build();
    TlsIdentity identity = read(TestCertificates.text(config));
    assertThat(identity.chain()).hasSize(2);
    assertThat(identity.clientRoots()).hasSize(1);
    assertThat(identity.verifiesClients()).isTrue();
    assertThat(identity.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=server");
  }

  @Test
  void fileAsTensorFlowServingsExampleHasItIsRead() throws Exception {
    String lines =
        TestCertificates.keyPem(TestCertificates.SERVER)
            .lines()
            .map(line -> "  \"" + line + "\\n\"\n")
            .reduce("", String::concat);
    String certificate =
        TestCertificates.certificatePem(TestCertificates.SERVER).replace("\n", "\\n");
    TlsIdentity identity =
        read(
            "# who we are\nserver_key:\n"
                + lines
                + "server_cert: '"
                + certificate
                + "'\ncustom_ca: \"\"\nclient_verify: false\n");
    assertThat(identity.key()).isEqualTo(TestCertificates.key(TestCertificates.SERVER));
  }

  @Test
  void keysOfOpensslsOlderFormsAreRead() throws Exception {
    PrivateKey rsa = TestCertificates.key(TestCertificates.SERVER);
    String pkcs1 = TestCertificates.pem("RSA PRIVATE KEY", inner(rsa));
    assertThat(key(TestCertificates.SERVER, pkcs1)).isEqualTo(rsa);

    PrivateKey ec = TestCertificates.key(TestCertificates.OTHER_SERVER);
    String sec1 =
        TestCertificates.pem("EC PARAMETERS", new byte[] {6, 0})
            + TestCertificates.pem("EC PRIVATE KEY", withCurve(inner(ec), curve(ec)));
    assertThat(((ECPrivateKey) key(TestCertificates.OTHER_SERVER, sec1)).getS())
        .isEqualTo(((ECPrivateKey) ec).getS());
  }

  /** The string of bytes at the end of PKCS#8. */
  private static byte[] inner(PrivateKey key) {
    byte[] pkcs8 = key.getEncoded();
    int at = header(pkcs8, 0);
    at = end(pkcs8, at); // the version
    at = end(pkcs8, at); // the algorithm
    return Arrays.copyOfRange(pkcs8, header(pkcs8, at), end(pkcs8, at));
  }

  /** The name of the curve, which is the second part of the algorithm. */
  private static byte[] curve(PrivateKey key) {
    byte[] pkcs8 = key.getEncoded();
    int algorithm = end(pkcs8, header(pkcs8, 0));
    int name = end(pkcs8, header(pkcs8, algorithm));
    return Arrays.copyOfRange(pkcs8, name, end(pkcs8, name));
  }

  private static byte[] withCurve(byte[] sec1, byte[] curve) {
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    int key = end(sec1, header(sec1, 0));
    fields.writeBytes(Arrays.copyOfRange(sec1, header(sec1, 0), end(sec1, key)));
    fields.write(0xa0);
    fields.write(curve.length);
    fields.writeBytes(curve);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30);
    assertThat(fields.size()).isLessThan(128);
    out.write(fields.size());
    out.writeBytes(fields.toByteArray());
    return out.toByteArray();
  }

  /** Where the content of an element of DER begins. */
  private static int header(byte[] der, int at) {
    int length = der[at + 1] & 0xff;
    return at + 2 + (length > 128 ? length - 128 : 0);
  }

  private static int end(byte[] der, int at) {
    int content = header(der, at);
    int length = der[at + 1] & 0xff;
    if (length > 128) {
      length =
          Integer.parseUnsignedInt(
              HexFormat.of().formatHex(Arrays.copyOfRange(der, at + 2, content)), 16);
    }
    return content + length;
  }

  static Stream<Arguments> flaws() {
    String path = "/etc/ssl/server.key";
    String encrypted = TestCertificates.pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2});
    String oldEncrypted =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n"
            + "-----END RSA PRIVATE KEY-----\n";
    String other = TestCertificates.keyPem(TestCertificates.OTHER_SERVER);
    String brokenKey = TestCertificates.pem("PRIVATE KEY", new byte[] {1, 2, 3});
    String brokenSec1 = TestCertificates.pem("EC PRIVATE KEY", new byte[] {1, 2, 3});
    String broken = TestCertificates.pem("CERTIFICATE", new byte[] {1, 2, 3});
    return Stream.of(
        Arguments.of(GOOD.toBuilder().clearServerKey(), "server_key can't be used: it is empty"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(path),
            "server_key can't be used: it holds no PEM, expected a private key in PEM: PRIVATE KEY"
                + " (PKCS#8), RSA PRIVATE KEY (PKCS#1) or EC PRIVATE KEY; the field takes the text"
                + " of a file, not its name"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(GOOD.getServerCert()),
            "server_key can't be used: it holds CERTIFICATE, expected a private key"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(encrypted),
            "server_key can't be used: the key is encrypted, expected one without a password"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(oldEncrypted),
            "server_key can't be used: the key is encrypted"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(brokenKey),
            "server_key can't be used: the key is broken, or neither RSA nor of an elliptic curve"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(brokenSec1),
            "server_key can't be used: the EC PRIVATE KEY is broken"),
        Arguments.of(
            GOOD.toBuilder().setServerKey(other),
            "server_key does not belong to server_cert: the key is EC, the first certificate is for"
                + " RSA and the subject CN=server"),
        Arguments.of(GOOD.toBuilder().clearServerCert(), "server_cert can't be used: it is empty"),
        Arguments.of(
            GOOD.toBuilder().setServerCert(GOOD.getServerCert() + broken),
            "server_cert can't be used: certificate 2 in it is broken: "),
        Arguments.of(
            GOOD.toBuilder().setCustomCa("nonsense"),
            "custom_ca can't be used: it holds no PEM, expected a certificate in PEM: CERTIFICATE"));
  }

  @ParameterizedTest
  @MethodSource("flaws")
  void fieldThatCannotBeUsedIsNamed(SSLConfig.Builder config, String text) {
    assertThatThrownBy(() -> read(TestCertificates.text(config.build())))
        .isInstanceOfSatisfying(
            StatusException.class,
            flaw -> {
              assertThat(flaw.code()).isEqualTo(StatusCode.INVALID_ARGUMENT);
              assertThat(flaw).hasMessageContaining("/ssl.config: " + text);
              assertThat(flaw).message().doesNotContain(GOOD.getServerKey().substring(30, 60));
            });
  }

  @Test
  void fileThatIsNoSslConfigIsRefused() {
    assertThatThrownBy(() -> read("server_key: 'a' server_key: 'b'"))
        .hasMessageStartingWith("Invalid protobuf file: '");
    assertThatThrownBy(() -> read("key: 'a'")).hasMessageStartingWith("Invalid protobuf file: '");
    assertThatThrownBy(() -> TlsIdentity.read("/nowhere/ssl.config", LOG))
        .hasMessage("/nowhere/ssl.config; No such file or directory");
  }

  @Test
  void keyOfTheSameKindThatIsNotTheCertificatesIsRefused() {
    SSLConfig config =
        TestCertificates.config(TestCertificates.OTHER_SERVER).toBuilder()
            .setServerKey(TestCertificates.keyPem(TestCertificates.CLIENT))
            .build();
    assertThatThrownBy(() -> read(TestCertificates.text(config)))
        .hasMessageContaining("server_key does not belong to server_cert");
  }

  @Test
  void certificateThatIsOverIsToldOf() throws Exception {
    try (LoggedLines log = LoggedLines.of(ModelServer.class)) {
      var _ =
          new Tls(read(TestCertificates.text(TestCertificates.config(TestCertificates.EXPIRED))));
      assertThat(log.lines())
          .anyMatch(line -> line.startsWith("TLS: the certificate of CN=expired, valid until"))
          .anyMatch(line -> line.contains("most clients will refuse it"));
    }
  }
}
