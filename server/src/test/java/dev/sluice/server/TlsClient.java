package dev.sluice.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Connections over TLS by the JDK, to servers on this machine that the authority has signed. */
final class TlsClient {

  /** The alert with which a server refuses a version of TLS. */
  static final int ALERT_PROTOCOL_VERSION = 70;

  private static final int ALERT = 21;
  private static final char[] PASSWORD = "x".toCharArray();

  private TlsClient() {}

  /**
   * Connects, and returns when both sides have agreed.
   *
   * @param client whose certificate to show; null for none
   * @param protocols the versions that may be spoken; none for those that the JDK speaks
   */
  static Socket connect(int port, @Nullable String client, String... protocols)
      throws IOException, GeneralSecurityException {
    SSLSocket socket =
        (SSLSocket)
            context(client).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    socket.startHandshake();
    return socket;
  }

  /** Whose certificate the server shows. */
  static String subject(int port) throws IOException, GeneralSecurityException {
    // Without a session that could be gone on with: there no certificate is shown anew.
    try (SSLSocket socket = (SSLSocket) connect(port, null)) {
      Certificate shown = socket.getSession().getPeerCertificates()[0];
      return ((X509Certificate) shown).getSubjectX500Principal().getName();
    }
  }

  private static SSLContext context(@Nullable String client)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = empty();
    Certificate authority = certificate(TestCertificates.AUTHORITY);
    trusted.setCertificateEntry("authority", authority);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyStore own = empty();
    if (client != null) {
      own.setKeyEntry(
          client, TestCertificates.key(client), PASSWORD, new Certificate[] {certificate(client)});
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Certificate certificate(String name) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(
            new ByteArrayInputStream(
                TestCertificates.certificatePem(name).getBytes(StandardCharsets.US_ASCII)));
  }

  /**
   * Says hello in an old version of TLS, which the JDK would not do any more.
   *
   * @param minor the second number of the version: 1 for TLS 1.0, 2 for TLS 1.1
   * @return the alert that comes back; -1 for anything else
   */
  static int answerToHello(int port, int minor) throws IOException {
    ByteBuffer hello = ByteBuffer.allocate(50);
    hello.put((byte) 22).put((byte) 3).put((byte) 1).putShort((short) 45);
    hello.put((byte) 1).put((byte) 0).putShort((short) 41);
    hello.put((byte) 3).put((byte) minor);
    hello.put(new byte[32]).put((byte) 0); // random, and no session
    hello.putShort((short) 2).putShort((short) 0xc013); // one cipher suite
    hello.put((byte) 1).put((byte) 0); // no compression
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(hello.array(), 0, hello.position());
      byte[] answer = socket.getInputStream().readNBytes(7);
      return answer.length == 7 && answer[0] == ALERT ? answer[6] : -1;
    }
  }
}
