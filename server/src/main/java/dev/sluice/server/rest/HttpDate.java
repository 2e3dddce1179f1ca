package dev.sluice.server.rest;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The time as HTTP writes it, put together once a second. Thread-safe. */
final class HttpDate {

  /** With two digits for the day, which the JDK's own format has not. */
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private record Written(long second, byte[] text) {}

  private final InstantSource clock;
  private volatile Written last = new Written(Long.MIN_VALUE, new byte[0]);

  HttpDate(InstantSource clock) {
    this.clock = clock;
  }

  /** In ASCII; not to be changed. */
  byte[] now() {
    long second = Math.floorDiv(clock.millis(), 1000);
    Written written = last;
    if (written.second() != second) {
      String text = FORMAT.format(Instant.ofEpochSecond(second));
      written = new Written(second, text.getBytes(StandardCharsets.US_ASCII));
      last = written;
    }
    return written.text();
  }
}
