package dev.sluice.server;

import com.google.protobuf.TextFormat;
import dev.sluice.proto.config.SSLConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Certificates that the JDK's own keytool makes when a test first wants them: an authority, servers
 * and a client that it has signed, and a stranger.
 */
public final class TestCertificates {

  /** Who has signed the others, but for the stranger. */
  static final String AUTHORITY = "authority";

  /** For 127.0.0.1 and localhost, with an RSA key. */
  public static final String SERVER = "server";

  /** The same with another name and a key of an elliptic curve. */
  static final String OTHER_SERVER = "other-server";

  static final String CLIENT = "client";

  /** Signed by itself alone. */
  static final String STRANGER = "stranger";

  /** Signed by the authority, over since yesterday. */
  static final String EXPIRED = "expired";

  private static final String PASSWORD = "password";
  private static final String SERVES = "SAN=ip:127.0.0.1,dns:localhost";

  private static final KeyStore STORE = make();

  private TestCertificates() {}

  private static KeyStore make() {
    try {
      Path folder = Files.createTempDirectory("certificates");
      Path file = folder.resolve("store.p12");
      keytool(file, AUTHORITY, "EC", "-ext", "bc:c=ca:true");
      keytool(file, SERVER, "RSA", "-signer", AUTHORITY, "-ext", SERVES);
      keytool(file, OTHER_SERVER, "EC", "-signer", AUTHORITY, "-ext", SERVES);
      keytool(file, CLIENT, "EC", "-signer", AUTHORITY);
      keytool(file, STRANGER, "EC");
      keytool(file, EXPIRED, "EC", "-signer", AUTHORITY, "-startdate", "-2d", "-validity", "1");
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, PASSWORD.toCharArray());
      }
      Files.delete(file);
      Files.delete(folder);
      return store;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (GeneralSecurityException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  private static void keytool(Path store, String name, String algorithm, String... more)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                algorithm,
                "-validity",
                "3650"));
    command.addAll(List.of(more));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(output);
    }
  }

  static PrivateKey key(String name) {
    try {
      return (PrivateKey) STORE.getKey(name, PASSWORD.toCharArray());
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  private static Certificate certificate(String name) {
    try {
      return STORE.getCertificate(name);
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  public static String keyPem(String name) {
    return pem("PRIVATE KEY", key(name).getEncoded());
  }

  public static String certificatePem(String name) {
    try {
      return pem("CERTIFICATE", certificate(name).getEncoded());
    } catch (GeneralSecurityException failure) {
      throw new AssertionError(failure);
    }
  }

  static String pem(String label, byte[] bytes) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }

  /** An SSLConfig in which the server shows this certificate, and asks for none. */
  static SSLConfig config(String name) {
    return SSLConfig.newBuilder()
        .setServerKey(keyPem(name))
        .setServerCert(certificatePem(name))
        .build();
  }

  /** The same, and clients must show one that the authority has signed. */
  static SSLConfig mutual(String name) {
    return config(name).toBuilder()
        .setCustomCa(certificatePem(AUTHORITY))
        .setClientVerify(true)
        .build();
  }

  /** A config in protobuf's text format. */
  static String text(SSLConfig config) {
    return TextFormat.printer().printToString(config);
  }

  /** Writes a config into a file in one step, over what is there. */
  static Path write(Path file, String text) throws IOException {
    Path beside = Files.writeString(file.resolveSibling("new.config"), text);
    return Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
