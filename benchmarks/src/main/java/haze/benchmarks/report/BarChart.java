package haze.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws how many times as fast as something else Haze is: a bar for each kernel, to the right of 1
/// if faster, to the left if slower, on a logarithmic axis, so that twice and half as fast look
/// alike.
///
/// The bars are thick lines of an XY chart: XChart's own bars have no logarithmic axis and leave
/// out names.
final class BarChart {
  private static final int WIDTH = 1000;
  private static final int BAR = 20;

  /// Title and axis.
  private static final int REST = 130;

  /// From the end of a bar to the middle of its number, in pixels.
  private static final double NUMBER = 24;

  /// Between a name and the axis.
  private static final int GAP = 10;

  private BarChart() {}

  /// @param values for each other one how many times as fast as it a row is; NaN where it was not
  ///   measured
  static XYChart of(
      String title, String axis, List<Row> rows, Map<String, ToDoubleFunction<Row>> values) {
    double smallest = 1;
    double largest = 1;
    for (ToDoubleFunction<Row> value : values.values()) {
      for (Row row : rows) {
        double times = value.applyAsDouble(row);
        smallest = times < smallest ? times : smallest;
        largest = times > largest ? times : largest;
      }
    }
    int count = rows.size();
    List<String> names =
        rows.stream()
            .map(row -> (row.result().label() + "  " + row.result().size()).strip())
            .toList();
    int height = REST + (BAR * values.size() + BAR / 4) * count;
    XYChart chart =
        new XYChartBuilder().width(WIDTH).height(height).title(title).xAxisTitle(axis).build();
    Charts.plain(chart.getStyler());
    // Room for the numbers beside the longest bars.
    double left = smallest * 0.4;
    double right = largest * 2.5;
    chart
        .getStyler()
        .setXAxisLogarithmic(true)
        .setXAxisMin(left)
        .setXAxisMax(right)
        .setYAxisMin(-0.5)
        .setYAxisMax(count - 0.5)
        .setXAxisTickLabelsFormattingFunction(Charts::tick)
        .setYAxisTickLabelsFormattingFunction(y -> " ")
        .setAxisTicksLineVisible(false)
        .setPlotGridHorizontalLinesVisible(false)
        .setYAxisLeftWidthHint(2 * GAP + names.stream().mapToInt(Charts::width).max().orElse(0))
        .setPlotContentSize(1)
        .setLegendVisible(values.size() > 1)
        .setLegendPosition(LegendPosition.OutsideS);
    int which = 0;
    for (Map.Entry<String, ToDoubleFunction<Row>> value : values.entrySet()) {
      Color colour = Charts.COLOURS.get(which % Charts.COLOURS.size());
      double shift = ((values.size() - 1) / 2.0 - which) / (values.size() + 0.25);
      boolean named = false;
      for (int i = 0; i < count; i++) {
        double times = value.getValue().applyAsDouble(rows.get(i));
        if (times > 0) {
          double y = count - 1 - i + shift;
          bar(chart, named ? value.getKey() + " " + i : value.getKey(), times, y, colour)
              .setShowInLegend(!named);
          named = true;
        }
      }
      which++;
    }
    Charts.line(chart, new double[] {1, 1}, new double[] {-0.5, count - 0.5}, Charts.INK, 1);
    Charts.image(chart, 1);
    LogAxis pixels =
        new LogAxis(left, right, chart.getScreenXFromChart(left), chart.getScreenXFromChart(right));
    writeNames(chart, names, pixels);
    writeNumbers(chart, pixels, rows, values);
    return chart;
  }

  /// Writes the names to the left of the vertical axis, whose ticks XChart would put anywhere but
  /// at the bars.
  private static void writeNames(XYChart chart, List<String> names, LogAxis axis) {
    for (int i = 0; i < names.size(); i++) {
      double middle = axis.fromPixel() - GAP - Charts.width(names.get(i)) / 2.0;
      // In pixels of the picture, counted from below; values beyond the axes have no place.
      double height = chart.getHeight() - chart.getScreenYFromChart(names.size() - 1.0 - i);
      chart.addAnnotation(new AnnotationText(names.get(i), middle, height, true));
    }
  }

  private static XYSeries bar(XYChart chart, String name, double times, double y, Color colour) {
    XYSeries series = chart.addSeries(name, new double[] {1, times}, new double[] {y, y});
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(BAR * 0.7f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    return series;
  }

  private static void writeNumbers(
      XYChart chart, LogAxis axis, List<Row> rows, Map<String, ToDoubleFunction<Row>> values) {
    int which = 0;
    for (ToDoubleFunction<Row> value : values.values()) {
      double shift = ((values.size() - 1) / 2.0 - which++) / (values.size() + 0.25);
      for (int i = 0; i < rows.size(); i++) {
        double times = value.applyAsDouble(rows.get(i));
        if (times > 0) {
          double end = axis.pixel(times) + (times >= 1 ? NUMBER : -NUMBER);
          chart.addAnnotation(
              new AnnotationText(
                  String.format(Locale.ROOT, "%.2f", times),
                  axis.value(end),
                  rows.size() - 1 - i + shift,
                  false));
        }
      }
    }
  }
}
