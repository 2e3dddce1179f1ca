package dev.sluice.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What this build is, as the build wrote it down. */
public final class Version {

  /** Sluice's own version. */
  public static final String SLUICE;

  /** The version of the TensorFlow that comes with it. */
  public static final String TENSORFLOW;

  static {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    SLUICE = properties.getProperty("sluice", "unknown");
    TENSORFLOW = properties.getProperty("tensorflow", "unknown");
  }

  private Version() {}
}
