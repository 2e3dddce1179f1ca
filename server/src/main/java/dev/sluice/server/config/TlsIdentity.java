package dev.sluice.server.config;

import dev.sluice.proto.config.SSLConfig;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a server shows of itself over TLS, and whom it lets in. Immutable.
 *
 * @param key the private key of the first certificate
 * @param chain the server's certificate and those that lead to one that clients know
 * @param clientRoots who may have signed the certificates of clients; empty for those whom the JDK
 *     trusts
 * @param verifiesClients whether clients must show a certificate
 */
public record TlsIdentity(
    PrivateKey key,
    List<X509Certificate> chain,
    List<X509Certificate> clientRoots,
    boolean verifiesClients) {

  /** Anything will do: what is signed with the key must be true by the certificate. */
  private static final byte[] SAMPLE = {1, 2, 3, 4};

  public TlsIdentity {
    chain = List.copyOf(chain);
    clientRoots = List.copyOf(clientRoots);
  }

  /**
   * Reads a file with an {@code SSLConfig}.
   *
   * @param log gets the place of a syntax error
   * @throws StatusException NOT_FOUND without the file, INVALID_ARGUMENT if it can't be parsed, or
   *     with the field that can't be used and what was expected
   */
  public static TlsIdentity read(String path, Logger log) {
    SSLConfig.Builder file = SSLConfig.newBuilder();
    new TextProtoFile(path, log).read(file);
    try {
      return of(file.build());
    } catch (StatusException flaw) {
      throw new StatusException(
          flaw.code(), "--ssl_config_file=" + path + ": " + flaw.getMessage(), flaw);
    }
  }

  static TlsIdentity of(SSLConfig config) {
    PemText roots = new PemText("custom_ca", config.getCustomCa());
    TlsIdentity identity =
        new TlsIdentity(
            PemKey.read(new PemText("server_key", config.getServerKey())),
            PemCertificates.read(new PemText("server_cert", config.getServerCert())),
            roots.text().isEmpty() ? List.of() : PemCertificates.read(roots),
            config.getClientVerify());
    identity.requireMatch();
    return identity;
  }

  /** The certificate that is the server's own. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  private void requireMatch() {
    if (!matches(certificate().getPublicKey())) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "server_key does not belong to server_cert: the key is "
              + key.getAlgorithm()
              + ", the first certificate is for "
              + certificate().getPublicKey().getAlgorithm()
              + " and the subject "
              + certificate().getSubjectX500Principal());
    }
  }

  private boolean matches(PublicKey publicKey) {
    try {
      Signature signature = Signature.getInstance(signatures());
      signature.initSign(key);
      signature.update(SAMPLE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(SAMPLE);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofAnotherKind) {
      return false;
    }
  }

  private String signatures() {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> key.getAlgorithm(); // those that are named after how they sign
    };
  }
}
