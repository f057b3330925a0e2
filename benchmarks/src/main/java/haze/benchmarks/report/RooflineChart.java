package haze.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws how near each kernel comes to what the machine can do: to the right what computes much for every byte, upwards
/// what does so fast, and above it the roofs (Williams, Waterman and Patterson 2009).
///
/// A dot is a kernel at one size; the largest size is filled and has its name, the others are pale. A cross below a
/// dot is the scalar twin.
final class RooflineChart {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;
  private static final double LEFT = 0.1;
  private static final double RIGHT = 1000;
  /// Colours that people tell apart whose eyes see red and green alike (Okabe and Ito 2008).
  private static final List<Color> COLOURS = List.of(new Color(0x0072B2), new Color(0xD55E00),
      new Color(0x009E73), new Color(0xCC79A7), new Color(0xE69F00), new Color(0x56B4E9),
      new Color(0x7A5195), new Color(0x666666));

  private final Roofs roofs;
  private final List<Row> rows;
  private final List<Row> named;
  private final double bottom;
  private final double top;

  /// @param rows what to place, see [#canPlace]
  /// @param named those of them whose name is written
  RooflineChart(Roofs roofs, List<Row> rows, List<Row> named) {
    this.roofs = roofs;
    this.rows = rows;
    this.named = named.stream().filter(RooflineChart::canPlace).toList();
    bottom = decade(rows.stream().mapToDouble(RooflineChart::lowest).min().orElse(1), false);
    top = decade(Math.max(roofs.flops() / 1e9,
        rows.stream().mapToDouble(RooflineChart::gigaflops).max().orElse(1)), true);
  }

  /// Whether operations and bytes of a row are known.
  static boolean canPlace(Row row) {
    return row.result().isHaze() && row.flops() > 0 && row.bytes() > 0;
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
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT)
        .title("Roofline of one core: Haze's kernels under the machine's limits")
        .xAxisTitle("floating-point operations for each byte of the arrays")
        .yAxisTitle("GFLOP/s").build();
    Charts.plain(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true)
        .setXAxisMin(LEFT).setXAxisMax(RIGHT).setYAxisMin(bottom).setYAxisMax(top)
        .setXAxisTickLabelsFormattingFunction(RooflineChart::tick)
        .setYAxisTickLabelsFormattingFunction(RooflineChart::tick)
        .setLegendPosition(LegendPosition.OutsideE);
    LabelLayout labels = new LabelLayout(LEFT, RIGHT, bottom, top, WIDTH, HEIGHT);
    drawRoofs(chart, labels);
    drawKernels(chart, labels);
    labels.place().forEach(label -> {
      if (label.isFar()) {
        line(chart, new double[]{label.x(), label.atX()},
            new double[]{label.y(), label.atY()}, Charts.FAINT, 1);
      }
      chart.addAnnotation(new AnnotationText(label.text(), label.x(), label.y(), false));
    });
    return chart;
  }

  private static String tick(double value) {
    return value >= 1 ? String.format(Locale.ROOT, "%.0f", value) : String.valueOf(value);
  }

  private void drawRoofs(XYChart chart, LabelLayout labels) {
    double peak = roofs.flops() / 1e9;
    line(chart, new double[]{LEFT, RIGHT}, new double[]{peak, peak}, Charts.INK,
        2.5f);
    labels.fixed(String.format(Locale.ROOT, "fused multiply-add: %.0f GFLOP/s", peak), RIGHT, peak,
        LabelLayout.Side.ABOVE_LEFT);
    roofs.bandwidth().forEach((bytes, bandwidth) -> {
      boolean memory = bytes.equals(roofs.bandwidth().lastKey());
      double gigabytes = bandwidth / 1e9;
      double from = Math.max(LEFT, bottom / gigabytes);
      double to = peak / gigabytes;
      if (to > from) {
        line(chart, new double[]{from, to},
            new double[]{from * gigabytes, to * gigabytes}, Charts.INK, memory ? 2.5f : 1);
        labels.fixed(String.format(Locale.ROOT, "%s: %.0f GB/s", size(bytes), gigabytes), from,
            from * gigabytes, LabelLayout.Side.ABOVE_RIGHT);
      }
    });
  }

  private static String size(double bytes) {
    double kilobytes = bytes / 1024;
    return kilobytes < 1024
        ? String.format(Locale.ROOT, "%.0f kB", kilobytes)
        : String.format(Locale.ROOT, "%.0f MB", kilobytes / 1024);
  }

  private void drawKernels(XYChart chart, LabelLayout labels) {
    Map<String, List<Row>> topics = rows.stream().collect(Collectors.groupingBy(
        row -> row.result().label().replaceFirst("\\..*", ""), LinkedHashMap::new,
        Collectors.toList()));
    int next = 0;
    for (Map.Entry<String, List<Row>> topic : topics.entrySet()) {
      Color colour = COLOURS.get(next++ % COLOURS.size());
      List<Row> all = topic.getValue();
      Color pale = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 80);
      List<Row> full = all.stream().filter(named::contains).toList();
      for (Row row : full) {
        if (row.timesScalar() > 0) {
          double x = intensity(row);
          double scalar = gigaflops(row) / row.timesScalar();
          line(chart, new double[]{x, x},
              new double[]{scalar, gigaflops(row)}, pale, 1);
          points(chart, "scalar " + row.result().key(), List.of(x), List.of(scalar), colour,
              SeriesMarkers.CROSS).setShowInLegend(false);
        }
      }
      List<Row> others = all.stream().filter(row -> !full.contains(row)).toList();
      if (!others.isEmpty()) {
        points(chart, topic.getKey() + " others", others.stream().map(RooflineChart::intensity)
            .toList(), others.stream().map(RooflineChart::gigaflops).toList(), pale,
            SeriesMarkers.CIRCLE).setShowInLegend(false);
      }
      if (!full.isEmpty()) {
        points(chart, topic.getKey(), full.stream().map(RooflineChart::intensity).toList(),
            full.stream().map(RooflineChart::gigaflops).toList(), colour, SeriesMarkers.CIRCLE);
      }
      all.forEach(row -> labels.avoid(intensity(row), gigaflops(row)));
      full.forEach(row -> labels.add(row.result().kernel().replaceFirst(".*\\.", ""),
          intensity(row), gigaflops(row)));
    }
  }

  private static XYSeries points(XYChart chart, String name, List<Double> x, List<Double> y,
      Color colour, Marker marker) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    series.setMarker(marker);
    series.setMarkerColor(colour);
    return series;
  }

  private static void line(XYChart chart, double[] x, double[] y, Color colour,
      float width) {
    // Without a place in the legend, but every series needs a name.
    XYSeries series = chart.addSeries("line " + chart.getSeriesCollection().size(), x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(width));
    series.setShowInLegend(false);
  }
}
