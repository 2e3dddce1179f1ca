package dev.sluice.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report for programs: all rounds of all sides. */
final class JsonReport {

  private final JsonGenerator json;

  private JsonReport(JsonGenerator json) {
    this.json = json;
  }

  /** The whole, ending with a line's end. */
  static String of(Report report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
      generator.setPrettyPrinter(new DefaultPrettyPrinter());
      new JsonReport(generator).write(report);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text + "\n";
  }

  private void write(Report report) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("machine");
    for (Map.Entry<String, String> fact : report.machine().facts().entrySet()) {
      json.writeStringField(
          fact.getKey().toLowerCase(Locale.ROOT).replace(' ', '_'), fact.getValue());
    }
    json.writeEndObject();
    json.writeStringField("date", report.date());
    json.writeStringField("command", report.command());
    json.writeNumberField("rounds", report.rounds());
    json.writeNumberField("seconds", report.seconds());
    json.writeArrayFieldStart("rows");
    for (RowResult row : report.rows()) {
      row(row);
    }
    json.writeEndArray();
    curves(report.curves());
    json.writeEndObject();
  }

  private void row(RowResult row) throws IOException {
    json.writeStartObject();
    json.writeStringField("row", row.name());
    json.writeStringField("title", row.title());
    json.writeArrayFieldStart("checks");
    for (Judgement judgement : row.judgements()) {
      judgement(judgement);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("rounds");
    for (Round round : row.rounds()) {
      round(round);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("notes");
    for (String note : row.notes()) {
      json.writeString(note);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void judgement(Judgement judgement) throws IOException {
    Check check = judgement.check();
    json.writeStartObject();
    json.writeStringField("case", check.what());
    json.writeStringField("against", check.against());
    json.writeStringField("figure", check.figure());
    json.writeStringField("unit", check.unit());
    json.writeNumberField(check.reach().atLeast() ? "at_least" : "at_most", check.reach().bound());
    numbers("values", judgement.values());
    estimate("estimate", judgement.estimate());
    estimate("server_cpu_per_request", judgement.cpu());
    json.writeStringField("verdict", judgement.verdict().toString());
    json.writeEndObject();
  }

  private void estimate(String name, @Nullable Estimate estimate) throws IOException {
    if (estimate != null) {
      json.writeObjectFieldStart(name);
      json.writeNumberField("median", estimate.median());
      json.writeNumberField("low", estimate.low());
      json.writeNumberField("high", estimate.high());
      json.writeNumberField("confidence", estimate.confidence());
      json.writeEndObject();
    }
  }

  private void numbers(String name, List<Double> values) throws IOException {
    json.writeArrayFieldStart(name);
    for (double value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  private void round(Round round) throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, Sample> side : round.samples().entrySet()) {
      json.writeObjectFieldStart(side.getKey());
      for (Map.Entry<Measure, Double> value : side.getValue().values().entrySet()) {
        json.writeNumberField(value.getKey().name().toLowerCase(Locale.ROOT), value.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void curves(List<Curve> curves) throws IOException {
    json.writeArrayFieldStart("curves");
    for (Curve curve : curves) {
      json.writeStartObject();
      json.writeStringField("name", curve.name());
      json.writeArrayFieldStart("points");
      for (Curve.Point point : curve.points()) {
        json.writeStartObject();
        json.writeNumberField("rate", point.rate());
        json.writeNumberField("p50", point.p50());
        json.writeNumberField("p99", point.p99());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
