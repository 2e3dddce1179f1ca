package dev.sluice.server.rest;

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

  private record Written(long second, String text) {}

  private final InstantSource clock;
  private volatile Written last = new Written(Long.MIN_VALUE, "");

  HttpDate(InstantSource clock) {
    this.clock = clock;
  }

  String now() {
    Instant now = clock.instant();
    Written written = last;
    if (written.second() != now.getEpochSecond()) {
      written = new Written(now.getEpochSecond(), FORMAT.format(now));
      last = written;
    }
    return written.text();
  }
}
