package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the certificates of a PEM text. */
final class PemCertificates {

  private static final Set<String> LABELS =
      Set.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");

  private PemCertificates() {}

  /**
   * All of a text, in its order.
   *
   * @return at least one
   * @throws StatusException INVALID_ARGUMENT, naming the field, if there is none, or one that can't
   *     be read
   */
  static List<X509Certificate> read(PemText text) {
    List<X509Certificate> all = new ArrayList<>();
    for (PemText.Block block : text.blocks()) {
      if (LABELS.contains(block.label())) {
        all.add(read(text, block, all.size() + 1));
      }
    }
    if (all.isEmpty()) {
      throw text.lacks("a certificate in PEM: CERTIFICATE");
    }
    return all;
  }

  private static X509Certificate read(PemText text, PemText.Block block, int number) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(text.bytes(block)));
    } catch (CertificateException broken) {
      throw text.flaw("certificate " + number + " in it is broken: " + broken.getMessage());
    }
  }
}
