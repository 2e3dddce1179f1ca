package dev.sluice.bench;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Latency over rate as an SVG picture: p50 and p99 of each series, rates from zero on a linear
 * axis, latency on a logarithmic one.
 *
 * <p>A series has one colour; its p50 is drawn as a line, its p99 dashed. The background is white,
 * so the picture can be read on a dark page as well.
 */
final class LatencyPicture {

  private static final int WIDTH = 860;
  private static final int HEIGHT = 480;
  private static final int LEFT = 76;
  private static final int RIGHT = 40;
  private static final int TOP = 84;
  private static final int BOTTOM = 56;

  /** Told apart also by those who see red and green alike. */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00");

  private static final int TICKS = 8;

  private final List<Curve> curves;
  private final String title;
  private final double maxRate;
  private final double minLatency;
  private final double maxLatency;
  private final StringBuilder svg = new StringBuilder();

  private LatencyPicture(String title, List<Curve> curves) {
    this.title = title;
    this.curves = curves;
    double step = tick(points().mapToDouble(Curve.Point::rate).max().orElse(1));
    this.maxRate =
        step * Math.ceil(points().mapToDouble(Curve.Point::rate).max().orElse(1) / step + 0.02);
    this.minLatency = decade(points().mapToDouble(Curve.Point::p50).min().orElse(1), false);
    this.maxLatency =
        Math.max(
            10 * minLatency, decade(points().mapToDouble(Curve.Point::p99).max().orElse(10), true));
  }

  /**
   * The picture as a document of its own.
   *
   * @param title one line above it
   * @param curves at most six, each with a point or more
   */
  static String of(String title, List<Curve> curves) {
    return new LatencyPicture(title, curves).draw();
  }

  private Stream<Curve.Point> points() {
    return curves.stream().flatMap(curve -> curve.points().stream());
  }

  /** The power of ten, or 2 or 5 times it, at or beyond a value. */
  private static double decade(double value, boolean up) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1e-3))));
    double chosen = up ? 10 * power : power;
    for (double factor : new double[] {5, 2, 1}) {
      double candidate = factor * power;
      if (up && candidate >= value) {
        chosen = candidate;
      } else if (!up && candidate <= value) {
        return candidate;
      }
    }
    return chosen;
  }

  /** A round distance, of which a length has about {@link #TICKS}. */
  private static double tick(double length) {
    return decade(length / TICKS, true);
  }

  private String draw() {
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    line("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, HEIGHT);
    line("<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>", LEFT, escaped(title));
    legend();
    rateAxis();
    latencyAxis();
    for (int i = 0; i < curves.size(); i++) {
      series(curves.get(i), COLOURS.get(i % COLOURS.size()));
    }
    line("</svg>");
    return svg.toString();
  }

  private void legend() {
    int column = (WIDTH - LEFT - RIGHT) / Math.max(1, curves.size());
    for (int i = 0; i < curves.size(); i++) {
      int x = LEFT + i * column;
      String colour = COLOURS.get(i % COLOURS.size());
      line(
          "<line x1=\"%d\" y1=\"42\" x2=\"%d\" y2=\"42\" stroke=\"%s\" stroke-width=\"2.5\"/>",
          x, x + 24, colour);
      line("<text x=\"%d\" y=\"46\">%s</text>", x + 30, escaped(curves.get(i).name()));
    }
    line(
        "<text x=\"%d\" y=\"68\" fill=\"#555\">line: p50 · dashed: p99 · open loop, latency counted"
            + " from when a request was due</text>",
        LEFT);
  }

  private void rateAxis() {
    double step = tick(maxRate);
    for (double rate = 0; rate <= maxRate * 1.0001; rate += step) {
      grid(x(rate), TOP, x(rate), HEIGHT - BOTTOM);
      line(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          x(rate), HEIGHT - BOTTOM + 20, Figures.number(rate, 0));
    }
    line(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">answers per second</text>",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12);
  }

  private void latencyAxis() {
    for (double power = Math.pow(10, Math.floor(Math.log10(minLatency)));
        power <= maxLatency;
        power *= 10) {
      for (double factor : new double[] {1, 2, 5}) {
        latencyTick(factor * power);
      }
    }
    line(
        "<text x=\"18\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 18"
            + " %d)\">latency</text>",
        (TOP + HEIGHT - BOTTOM) / 2, (TOP + HEIGHT - BOTTOM) / 2);
  }

  private void latencyTick(double micros) {
    if (micros < minLatency * 0.999 || micros > maxLatency * 1.001) {
      return;
    }
    grid(LEFT, y(micros), WIDTH - RIGHT, y(micros));
    line(
        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
        LEFT - 8, y(micros) + 4.5, latency(micros));
  }

  private static String latency(double micros) {
    return micros < 1000
        ? Figures.number(micros, 0) + " µs"
        : Figures.number(micros / 1000, 0) + " ms";
  }

  private void grid(double x1, double y1, double x2, double y2) {
    line("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", x1, y1, x2, y2);
  }

  private void series(Curve curve, String colour) {
    path(curve.points().stream().map(p -> new double[] {p.rate(), p.p50()}).toList(), colour, "");
    path(
        curve.points().stream().map(p -> new double[] {p.rate(), p.p99()}).toList(),
        colour,
        " stroke-dasharray=\"6 4\"");
  }

  private void path(List<double[]> points, String colour, String dashes) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : " L", x(point[0]), y(point[1])));
    }
    line("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>", path, colour, dashes);
    for (double[] point : points) {
      line(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
          x(point[0]), y(point[1]), colour);
    }
  }

  private double x(double rate) {
    return LEFT + rate / maxRate * (WIDTH - LEFT - RIGHT);
  }

  private double y(double micros) {
    double share = Math.log(micros / minLatency) / Math.log(maxLatency / minLatency);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @FormatMethod
  private void line(@FormatString String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
