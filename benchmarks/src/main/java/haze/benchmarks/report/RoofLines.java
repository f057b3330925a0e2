package haze.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;

/// The roofs of a roofline chart: a level line where computing is the limit, and for each level of
/// memory a slanting one, `GFLOP/s = intensity * GB/s`. The chart has intensities from `left` to
/// `right` and heights from `bottom` on.
record RoofLines(Roofs.Lines roofs, double left, double right, double bottom) {
  private static final float THICK = 2.5f;

  /// Between a line and its name, in pixels.
  private static final double ABOVE = 10;

  /// Between the end of a line and the beginning of its name, in pixels.
  private static final double INDENT = 8;

  private double peak() {
    return roofs.flops() / 1e9;
  }

  private String farthest() {
    return List.copyOf(roofs.memory().keySet()).getLast();
  }

  void draw(XYChart chart) {
    Charts.line(
        chart, new double[] {left, right}, new double[] {peak(), peak()}, Charts.INK, THICK);
    for (Map.Entry<String, Double> level : roofs.memory().entrySet()) {
      double from = start(level.getValue());
      double to = corner(level.getValue());
      if (to > from) {
        Charts.line(
            chart,
            new double[] {from, to},
            new double[] {from * level.getValue() / 1e9, peak()},
            Charts.INK,
            level.getKey().equals(farthest()) ? THICK : 1);
      }
    }
  }

  /// Where a slanting roof enters the chart.
  private double start(double bandwidth) {
    return Math.max(left, bottom * 1e9 / bandwidth);
  }

  /// Where it meets the level one.
  private double corner(double bandwidth) {
    return roofs.flops() / bandwidth;
  }

  /// Writes a name along each roof, above it and for the last one below, and keeps other names off
  /// the roofs.
  void name(XYChart chart, LabelLayout labels, LogAxis x, LogAxis y) {
    labels.avoid(left, peak(), right, peak());
    String computing = String.format(Locale.ROOT, "multiply-add %.0f GFLOP/s", peak());
    write(chart, computing, x.pixel(left) + INDENT, y.pixel(peak()) - ABOVE, 0);
    double width = Charts.width(computing, Charts.SMALL);
    double height = y.value(y.pixel(peak()) - ABOVE);
    labels.avoid(left, height, x.value(x.pixel(left) + INDENT + width), height);
    double indent = INDENT;
    double nearer = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, Double> level : roofs.memory().entrySet()) {
      double bandwidth = level.getValue();
      if (corner(bandwidth) > start(bandwidth)) {
        // Where two lines lie close together their names stand one behind the other.
        boolean close =
            y.pixel(left * bandwidth / 1e9) - y.pixel(left * nearer / 1e9) < 2.5 * ABOVE;
        indent = close ? indent : INDENT;
        String text = String.format(Locale.ROOT, "%s %.0f GB/s", level.getKey(), bandwidth / 1e9);
        boolean last = level.getKey().equals(farthest());
        name(chart, labels, x, y, text, bandwidth, indent, last ? -ABOVE : ABOVE);
        indent += Charts.width(text, Charts.SMALL) + 2 * INDENT;
        nearer = bandwidth;
      }
    }
  }

  private void name(
      XYChart chart,
      LabelLayout labels,
      LogAxis x,
      LogAxis y,
      String text,
      double bandwidth,
      double indent,
      double above) {
    double from = start(bandwidth);
    double to = corner(bandwidth);
    labels.avoid(from, from * bandwidth / 1e9, to, peak());
    double angle =
        Math.atan2(y.pixel(peak()) - y.pixel(from * bandwidth / 1e9), x.pixel(to) - x.pixel(from));
    double beginX = x.pixel(from) + above * Math.sin(angle) + indent * Math.cos(angle);
    double beginY =
        y.pixel(from * bandwidth / 1e9) - above * Math.cos(angle) + indent * Math.sin(angle);
    write(chart, text, beginX, beginY, angle);
    double width = Charts.width(text, Charts.SMALL);
    labels.avoid(
        x.value(beginX),
        y.value(beginY),
        x.value(beginX + width * Math.cos(angle)),
        y.value(beginY + width * Math.sin(angle)));
  }

  private static void write(XYChart chart, String text, double x, double y, double angle) {
    chart.addAnnotation(
        new Caption(text, x, y, Caption.Anchor.LEFT, Charts.INK, Charts.SMALL, angle));
  }
}
