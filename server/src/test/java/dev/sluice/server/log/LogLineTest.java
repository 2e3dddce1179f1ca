package dev.sluice.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.core.ServableId;
import java.time.Instant;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** What lines look like in both formats. */
class LogLineTest {

  private static final LogEvent LOADED =
      LogEvent.of("version_loaded", "Loaded \"half\"\nversion 3 {0}")
          .about(new ServableId("half", 3))
          .with("ms", 12L)
          .with("good", true)
          .with("names", List.of("a", "b\\"));

  private static LogRecord said(Level level, String logger, String words, Object... arguments) {
    LogRecord record = new LogRecord(level, words);
    record.setLoggerName(logger);
    record.setInstant(Instant.parse("2026-11-23T07:00:00.123Z"));
    record.setParameters(arguments);
    return record;
  }

  private static String json(LogRecord record) {
    return new LogLine(record).in(LogFormat.JSON);
  }

  @Test
  void eventIsAnObjectOfItsMembers() {
    assertThat(json(said(Level.INFO, "dev.sluice.x", "{0}", LOADED)))
        .isEqualTo(
            "{\"time\":\"2026-11-23T07:00:00.123Z\",\"level\":\"info\",\"event\":\"version_loaded\","
                + "\"model\":\"half\",\"version\":3,\"ms\":12,\"good\":true,"
                + "\"names\":[\"a\",\"b\\\\\"],"
                + "\"message\":\"Loaded \\\"half\\\"\\nversion 3 {0}\"}\n");
  }

  @Test
  void inTextItIsItsWords() {
    assertThat(new LogLine(said(Level.SEVERE, "x", "{0}", LOADED)).in(LogFormat.TEXT))
        .matches("(?s)\\d{4}-\\d\\d-\\d\\d [0-9:]{8}\\.123 E Loaded \"half\"\nversion 3 \\{0}\n");
  }

  @Test
  void lineInWordsHasTheNameOfWhatItIsAboutAndTheVersionItNames() {
    String line =
        json(
            said(
                Level.WARNING,
                "dev.sluice.core.LoadRetry",
                "Loading servable: {name: a b version: 4} failed"));
    assertThat(line)
        .contains("\"level\":\"warning\"")
        .contains("\"event\":\"load_attempt\"")
        .contains("\"model\":\"a b\",\"version\":4")
        .contains("\"logger\":\"dev.sluice.core.LoadRetry\"");
    assertThat(json(said(Level.SEVERE, "io.netty.x", "bad")))
        .contains("\"level\":\"error\"")
        .contains("\"event\":\"library\"");
  }

  @Test
  void whatWasThrownIsInTheSameLine() throws Exception {
    LogRecord failure = said(Level.SEVERE, "dev.sluice.x", "no\u0001\t\"luck\"");
    failure.setThrown(new IllegalStateException("two\nlines"));
    String line = json(failure);
    assertThat(line.lines()).hasSize(1);
    Struct.Builder object = Struct.newBuilder();
    JsonFormat.parser().merge(line, object);
    assertThat(object.getFieldsOrThrow("message").getStringValue()).isEqualTo("no\u0001\t\"luck\"");
    assertThat(object.getFieldsOrThrow("error").getStringValue())
        .isEqualTo("java.lang.IllegalStateException: two\nlines");
    assertThat(object.getFieldsOrThrow("trace").getStringValue()).contains("\tat dev.sluice");
  }

  /** Each is told once: by an event in JSON, and in text by the lines that have always been. */
  @Test
  void whatIsSaidTwiceShowsOnce() {
    LogLine step = new LogLine(said(Level.INFO, "dev.sluice.core.LoaderHarness", "Loading ..."));
    assertThat(step.level(LogFormat.TEXT)).isEqualTo(LogLevel.INFO);
    assertThat(step.level(LogFormat.JSON)).isEqualTo(LogLevel.DEBUG);
    LogLine event = new LogLine(said(Level.SEVERE, "dev.sluice.x", "{0}", LOADED.asSaidInText()));
    assertThat(event.level(LogFormat.TEXT)).isEqualTo(LogLevel.DEBUG);
    assertThat(event.level(LogFormat.JSON)).isEqualTo(LogLevel.ERROR);
  }
}
