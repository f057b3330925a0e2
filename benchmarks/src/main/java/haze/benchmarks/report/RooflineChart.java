package haze.benchmarks.report;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws how near each kernel comes to what the machine can do: to the right what computes much for
/// every byte, upwards what does so fast, and above it the roofs (Williams, Waterman and Patterson
/// 2009).
///
/// A point is a kernel at one size: the size that takes longest in full colour, the others pale. A
/// cross below a point is the scalar twin. A class of benchmarks has a colour and a marker; the
/// names of its kernels stand where there is room.
final class RooflineChart {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;

  /// Axes begin a little below a power of ten, which XChart does not write at the very edge.
  private static final double EDGE = 0.95;

  private static final double LEFT = 0.1 * EDGE;
  private static final double RIGHT = 1000;

  /// Kernels that are not chosen, beside forwardDirect, which stands for them.
  private static final String UNNAMED = ".*backward\\w*Direct";

  private final String title;
  private final Roofs.Lines roofs;
  private final double bottom;
  private final double top;

  /// The rows by their class, in alphabetical order, so that a class looks the same in every report
  /// of the whole suite.
  private final Map<String, List<Row>> topics = new TreeMap<>();

  /// Of each kernel the size that takes longest.
  private final Map<String, Row> largest = new LinkedHashMap<>();

  /// @param rows what to place, see [#canPlace]
  RooflineChart(String title, Roofs.Lines roofs, List<Row> rows) {
    this.title = title;
    this.roofs = roofs;
    for (Row row : rows) {
      topics.computeIfAbsent(row.result().topic(), topic -> new ArrayList<>()).add(row);
      largest.merge(
          row.result().kernel(),
          row,
          (a, b) -> a.result().seconds() >= b.result().seconds() ? a : b);
    }
    bottom = decade(rows.stream().mapToDouble(RooflineChart::lowest).min().orElse(1), false);
    top =
        decade(
            Math.max(
                roofs.flops() / 1e9,
                rows.stream().mapToDouble(RooflineChart::gigaflops).max().orElse(1)),
            true);
  }

  /// Whether operations and bytes of a row are known, one thread was at work, and it is not what
  /// another point stands for: a roof, Winograd where it was chosen anyway, or the passes of a
  /// layer together.
  static boolean canPlace(Row row) {
    Result result = row.result();
    return result.isHaze()
        && result.threads() == 1
        && !Roofs.isRoof(result)
        && row.flops() > 0
        && row.bytes() > 0
        && !result.kernel().endsWith("Winograd")
        && !result.kernel().endsWith("forwardBackward");
  }

  private static double intensity(Row row) {
    return row.flops() / row.bytes();
  }

  private static double gigaflops(Row row) {
    return row.flops() / 1e9;
  }

  private static double scalar(Row row) {
    return gigaflops(row) / row.timesScalar();
  }

  private static double lowest(Row row) {
    return gigaflops(row) / (row.timesScalar() >= 1 ? row.timesScalar() : 1);
  }

  /// The next power of ten, or half of one.
  private static double decade(double value, boolean up) {
    double exponent = Math.log10(value) + (up ? 0.1 : -0.1);
    return EDGE * Math.pow(10, up ? Math.ceil(exponent * 2) / 2 : Math.floor(exponent * 2) / 2);
  }

  private boolean isLargest(Row row) {
    return row.equals(largest.get(row.result().kernel()));
  }

  XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("floating-point operations for each byte of the arrays")
            .yAxisTitle("GFLOP/s")
            .build();
    Charts.plain(chart.getStyler());
    chart
        .getStyler()
        .setXAxisLogarithmic(true)
        .setYAxisLogarithmic(true)
        .setXAxisMin(LEFT)
        .setXAxisMax(RIGHT)
        .setYAxisMin(bottom)
        .setYAxisMax(top)
        .setXAxisTickLabelsFormattingFunction(Charts::tick)
        .setYAxisTickLabelsFormattingFunction(Charts::tick)
        .setPlotContentSize(1)
        .setLegendPosition(LegendPosition.OutsideE);
    var lines = new RoofLines(roofs, LEFT, RIGHT, bottom);
    lines.draw(chart);
    int series = 0;
    for (Map.Entry<String, List<Row>> topic : topics.entrySet()) {
      draw(chart, topic.getKey(), topic.getValue(), series++);
    }
    // Only a painted chart knows its pixels.
    Charts.image(chart, 1);
    var x =
        new LogAxis(LEFT, RIGHT, chart.getScreenXFromChart(LEFT), chart.getScreenXFromChart(RIGHT));
    var y =
        new LogAxis(bottom, top, chart.getScreenYFromChart(bottom), chart.getScreenYFromChart(top));
    var labels = new LabelLayout(x, y);
    lines.name(chart, labels, x, y);
    name(chart, labels, x, y);
    return chart;
  }

  private void draw(XYChart chart, String topic, List<Row> rows, int series) {
    Color colour = Charts.colour(series);
    Color pale = Charts.pale(colour);
    Marker marker = Charts.marker(series);
    List<Row> full = rows.stream().filter(this::isLargest).toList();
    List<Row> twins = full.stream().filter(row -> row.timesScalar() > 0).toList();
    for (Row row : twins) {
      double[] x = {intensity(row), intensity(row)};
      Charts.line(chart, x, new double[] {scalar(row), gigaflops(row)}, pale, 1);
    }
    List<Row> others = rows.stream().filter(row -> !isLargest(row)).toList();
    if (!twins.isEmpty()) {
      points(chart, topic + " scalar", twins, RooflineChart::scalar, colour, SeriesMarkers.CROSS)
          .setShowInLegend(false);
    }
    if (!others.isEmpty()) {
      points(chart, topic + " other sizes", others, RooflineChart::gigaflops, pale, marker)
          .setShowInLegend(false);
    }
    points(chart, topic, full, RooflineChart::gigaflops, colour, marker);
  }

  private static XYSeries points(
      XYChart chart,
      String name,
      List<Row> rows,
      ToDoubleFunction<Row> height,
      Color colour,
      Marker marker) {
    XYSeries series =
        chart.addSeries(
            name,
            rows.stream().mapToDouble(RooflineChart::intensity).toArray(),
            rows.stream().mapToDouble(height).toArray());
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    series.setMarker(marker);
    series.setMarkerColor(colour);
    return series;
  }

  /// Names of kernels in the colours of their classes: of each class the fastest with the class's
  /// name, the others where there is room beside them.
  private void name(XYChart chart, LabelLayout labels, LogAxis x, LogAxis y) {
    topics.values().stream()
        .flatMap(List::stream)
        .forEach(
            row -> {
              labels.avoid(intensity(row), gigaflops(row));
              if (isLargest(row) && row.timesScalar() > 0) {
                labels.avoid(intensity(row), scalar(row));
              }
            });
    int series = 0;
    for (Map.Entry<String, List<Row>> topic : topics.entrySet()) {
      Color colour = Charts.colour(series++);
      List<Row> kernels =
          topic.getValue().stream()
              .filter(this::isLargest)
              .filter(row -> !row.result().kernel().matches(UNNAMED))
              .sorted(Comparator.comparingDouble(RooflineChart::gigaflops).reversed())
              .toList();
      for (Row row : kernels) {
        boolean first = row.equals(kernels.getFirst());
        String text = (first ? topic.getKey() + "." : "") + row.result().method();
        labels.beside(text, intensity(row), gigaflops(row), first, colour);
      }
    }
    labels
        .place()
        .forEach(
            label -> {
              label
                  .leader()
                  .ifPresent(
                      leader ->
                          Charts.line(
                              chart,
                              new double[] {leader.fromX(), leader.toX()},
                              new double[] {leader.fromY(), leader.toY()},
                              Charts.FAINT,
                              1));
              chart.addAnnotation(
                  new Caption(
                      label.text(),
                      x.pixel(label.x()),
                      y.pixel(label.y()),
                      Caption.Anchor.MIDDLE,
                      label.colour().darker(),
                      Charts.SMALL,
                      0));
            });
  }
}
