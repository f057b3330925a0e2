package haze.benchmarks.report;

import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.AnnotationText;
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
/// A dot is a kernel at one size; the largest size is filled and has its name, the others are pale.
/// A cross below a dot is the scalar twin.
final class RooflineChart {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;
  private static final double LEFT = 0.1;
  private static final double RIGHT = 1000;
  private static final List<Marker> MARKERS =
      List.of(SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.DIAMOND);
  private static final int PALE = 70;
  private static final float THICK = 2.5f;

  private final Roofs roofs;
  private final List<Row> rows;
  private final List<Row> named;
  private final double bottom;
  private final double top;

  /// @param rows what to place, see [#canPlace]
  /// @param largest of every kernel the size whose name is written
  RooflineChart(Roofs roofs, List<Row> rows, List<Row> largest) {
    this.roofs = roofs;
    this.rows = rows;
    this.named =
        largest.stream()
            .filter(RooflineChart::canPlace)
            .filter(row -> !row.result().kernel().matches(".*backward\\w*Direct"))
            .toList();
    bottom = decade(rows.stream().mapToDouble(RooflineChart::lowest).min().orElse(1), false);
    top =
        decade(
            Math.max(
                roofs.flops() / 1e9,
                rows.stream().mapToDouble(RooflineChart::gigaflops).max().orElse(1)),
            true);
  }

  /// Whether operations and bytes of a row are known, and it is not what another dot stands for: a
  /// roof, Winograd where it was chosen anyway, or the passes of a layer together.
  static boolean canPlace(Row row) {
    Result result = row.result();
    return result.isHaze()
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

  private static double lowest(Row row) {
    return gigaflops(row) / (row.timesScalar() >= 1 ? row.timesScalar() : 1);
  }

  /// The next power of ten, or half of one.
  private static double decade(double value, boolean up) {
    double exponent = Math.log10(value) + (up ? 0.1 : -0.1);
    return Math.pow(10, up ? Math.ceil(exponent * 2) / 2 : Math.floor(exponent * 2) / 2);
  }

  XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Roofline of one core: Haze's kernels under the machine's limits")
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
        .setLegendPosition(LegendPosition.OutsideE);
    drawRoofs(chart);
    drawKernels(chart);
    LabelLayout labels = layout(chart);
    keepClear(labels);
    nameRoofs(labels);
    for (Row row : named) {
      labels.beside(row.result().label(), intensity(row), gigaflops(row));
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
              chart.addAnnotation(new AnnotationText(label.text(), label.x(), label.y(), false));
            });
    return chart;
  }

  /// A layout in the chart's pixels, which XChart knows after painting.
  private LabelLayout layout(XYChart chart) {
    Charts.image(chart, 1);
    return new LabelLayout(
        new LogAxis(LEFT, RIGHT, chart.getScreenXFromChart(LEFT), chart.getScreenXFromChart(RIGHT)),
        new LogAxis(
            bottom, top, chart.getScreenYFromChart(bottom), chart.getScreenYFromChart(top)));
  }

  private void drawRoofs(XYChart chart) {
    double peak = roofs.flops() / 1e9;
    Charts.line(chart, new double[] {LEFT, RIGHT}, new double[] {peak, peak}, Charts.INK, THICK);
    roofs
        .bandwidth()
        .forEach(
            (bytes, bandwidth) -> {
              double from = start(bandwidth);
              double to = roofs.flops() / bandwidth;
              if (to > from) {
                boolean memory = bytes.equals(roofs.bandwidth().lastKey());
                Charts.line(
                    chart,
                    new double[] {from, to},
                    new double[] {from * bandwidth / 1e9, peak},
                    Charts.INK,
                    memory ? THICK : 1);
              }
            });
  }

  /// Where a slanting roof enters the chart.
  private double start(double bandwidth) {
    return Math.max(LEFT, bottom * 1e9 / bandwidth);
  }

  private void nameRoofs(LabelLayout labels) {
    double peak = roofs.flops() / 1e9;
    labels.avoid(LEFT, peak, RIGHT, peak);
    roofs
        .bandwidth()
        .values()
        .forEach(
            bandwidth ->
                labels.avoid(
                    start(bandwidth),
                    start(bandwidth) * bandwidth / 1e9,
                    roofs.flops() / bandwidth,
                    peak));
    labels.above(String.format(Locale.ROOT, "multiply-add: %.0f GFLOP/s", peak), LEFT, peak);
    roofs
        .bandwidth()
        .descendingMap()
        .forEach(
            (bytes, bandwidth) ->
                labels.above(
                    String.format(Locale.ROOT, "%s: %.0f GB/s", size(bytes), bandwidth / 1e9),
                    roofs.flops() / bandwidth,
                    peak));
  }

  private static String size(double bytes) {
    double kilobytes = bytes / 1024;
    return kilobytes < 1024
        ? String.format(Locale.ROOT, "%.0f kB", kilobytes)
        : String.format(Locale.ROOT, "%.0f MB", kilobytes / 1024);
  }

  private void drawKernels(XYChart chart) {
    Map<String, List<Row>> topics =
        rows.stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.result().label().replaceFirst("\\..*", ""),
                    LinkedHashMap::new,
                    Collectors.toList()));
    int next = 0;
    for (Map.Entry<String, List<Row>> topic : topics.entrySet()) {
      Color colour = Charts.COLOURS.get(next % Charts.COLOURS.size());
      Color pale = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), PALE);
      Marker marker = MARKERS.get(next % MARKERS.size());
      next++;
      List<Row> full = topic.getValue().stream().filter(named::contains).toList();
      List<Row> others = topic.getValue().stream().filter(row -> !full.contains(row)).toList();
      for (Row row : full) {
        if (row.timesScalar() > 0) {
          double x = intensity(row);
          Charts.line(
              chart, new double[] {x, x}, new double[] {scalar(row), gigaflops(row)}, pale, 1);
        }
      }
      List<Row> twins = full.stream().filter(row -> row.timesScalar() > 0).toList();
      points(
          chart,
          topic.getKey() + " scalar",
          twins,
          RooflineChart::scalar,
          colour,
          SeriesMarkers.CROSS,
          false);
      points(
          chart,
          topic.getKey() + " other sizes",
          others,
          RooflineChart::gigaflops,
          pale,
          marker,
          false);
      points(chart, topic.getKey(), full, RooflineChart::gigaflops, colour, marker, true);
    }
  }

  private void keepClear(LabelLayout labels) {
    for (Row row : rows) {
      labels.avoid(intensity(row), gigaflops(row));
    }
    for (Row row : named) {
      if (row.timesScalar() > 0) {
        labels.avoid(intensity(row), scalar(row));
      }
    }
  }

  private static double scalar(Row row) {
    return gigaflops(row) / row.timesScalar();
  }

  private static void points(
      XYChart chart,
      String name,
      List<Row> rows,
      ToDoubleFunction<Row> height,
      Color colour,
      Marker marker,
      boolean inLegend) {
    if (!rows.isEmpty()) {
      XYSeries series =
          chart.addSeries(
              name,
              rows.stream().mapToDouble(RooflineChart::intensity).toArray(),
              rows.stream().mapToDouble(height).toArray());
      series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
      series.setMarker(marker);
      series.setMarkerColor(colour);
      series.setShowInLegend(inLegend);
    }
  }
}
