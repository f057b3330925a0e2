package haze.benchmarks.report;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;

/// Draws how many times as fast as something else Haze is: a line for each kernel, on it a point
/// for each size, and at its end the median of them. To the right of 1 Haze is faster, to the left
/// slower, on a logarithmic axis, so that twice and half as fast look alike.
final class RatioChart {
  private static final int WIDTH = 1000;

  /// Height of a kernel's line, and of the space before a class's first, in pixels.
  private static final int LINE = 19;

  private static final double GAP = 0.5;

  /// Title, axis and legend.
  private static final int REST = 130;

  /// Between a name and the axis, and a point and its number.
  private static final int MARGIN = 10;

  private static final float THICK = 5;

  private final String title;
  private final Map<String, ToDoubleFunction<Row>> values;
  private final Map<String, List<Row>> kernels = new LinkedHashMap<>();

  /// The height of a kernel's middle, counted in lines from below.
  private final Map<String, Double> heights = new LinkedHashMap<>();

  private final double lines;

  /// @param values for each other one how many times as fast as it a row is; NaN where it was not
  ///   measured
  RatioChart(String title, List<Row> rows, Map<String, ToDoubleFunction<Row>> values) {
    this.title = title;
    this.values = values;
    rows.forEach(row -> kernels.computeIfAbsent(name(row), name -> new ArrayList<>()).add(row));
    double y = 0;
    String topic = "";
    for (Map.Entry<String, List<Row>> kernel : kernels.entrySet()) {
      String next = kernel.getValue().getFirst().result().topic();
      y -= next.equals(topic) || topic.isEmpty() ? 0 : GAP;
      topic = next;
      y -= values.size();
      heights.put(kernel.getKey(), y + values.size() / 2.0);
      // Lines of one kernel stand closer than those of two.
      y -= values.size() > 1 ? GAP : 0;
    }
    lines = -y;
    heights.replaceAll((name, height) -> height + lines);
  }

  private static String name(Row row) {
    return row.result().topic() + "." + row.result().method();
  }

  XYChart chart() {
    double[] all =
        kernels.values().stream()
            .flatMap(List::stream)
            .flatMapToDouble(row -> values.values().stream().mapToDouble(v -> v.applyAsDouble(row)))
            .filter(times -> times > 0)
            .toArray();
    // Room for the numbers beside the longest lines.
    double left = Math.min(1, Arrays.stream(all).min().orElse(1)) * 0.7;
    double right = Math.max(1, Arrays.stream(all).max().orElse(1)) * 2;
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height((int) (REST + LINE * lines))
            .title(title)
            .xAxisTitle("times as fast; a point is a size, the number their median")
            .build();
    Charts.plain(chart.getStyler());
    chart
        .getStyler()
        .setXAxisLogarithmic(true)
        .setXAxisMin(left)
        .setXAxisMax(right)
        .setYAxisMin(-GAP)
        .setYAxisMax(lines + GAP)
        .setXAxisTickLabelsFormattingFunction(x -> " ")
        .setYAxisTickLabelsFormattingFunction(y -> " ")
        .setAxisTicksLineVisible(false)
        .setAxisTicksMarksVisible(false)
        .setPlotGridLinesVisible(false)
        .setYAxisLeftWidthHint(
            2 * MARGIN
                + (int)
                    kernels.keySet().stream()
                        .mapToDouble(name -> Charts.width(name, Charts.SMALL))
                        .max()
                        .orElse(0))
        .setPlotContentSize(1)
        .setLegendVisible(values.size() > 1)
        .setLegendPosition(LegendPosition.OutsideS);
    double[] ticks = ticks(left, right);
    for (double tick : ticks) {
      Charts.line(
          chart,
          new double[] {tick, tick},
          new double[] {-GAP, lines + GAP},
          tick == 1 ? Charts.INK : Charts.GRID,
          1);
    }
    points(chart);
    // Only a painted chart knows its pixels.
    Charts.image(chart, 1);
    var axis =
        new LogAxis(left, right, chart.getScreenXFromChart(left), chart.getScreenXFromChart(right));
    double below = chart.getScreenYFromChart(-GAP) + MARGIN;
    for (double tick : ticks) {
      chart.addAnnotation(
          new Caption(
              Charts.tick(tick),
              axis.pixel(tick),
              below,
              Caption.Anchor.MIDDLE,
              Charts.INK,
              Charts.NORMAL,
              0));
    }
    write(chart, axis);
    return chart;
  }

  /// 1, 2 and 5 of each decade: XChart would write the powers of ten alone.
  private static double[] ticks(double left, double right) {
    return IntStream.rangeClosed(
            (int) Math.floor(Math.log10(left)), (int) Math.ceil(Math.log10(right)))
        .boxed()
        .flatMapToDouble(
            decade -> DoubleStream.of(1, 2, 5).map(digit -> digit * Math.pow(10, decade)))
        .filter(tick -> tick > left && tick < right)
        .toArray();
  }

  private double height(String kernel, int which) {
    return heights.get(kernel) + (values.size() - 1) / 2.0 - which;
  }

  private static double[] times(List<Row> rows, ToDoubleFunction<Row> value) {
    return rows.stream().mapToDouble(value).filter(times -> times > 0).sorted().toArray();
  }

  private void points(XYChart chart) {
    int which = 0;
    for (Map.Entry<String, ToDoubleFunction<Row>> value : values.entrySet()) {
      Color colour = Charts.colour(which);
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (Map.Entry<String, List<Row>> kernel : kernels.entrySet()) {
        double[] times = times(kernel.getValue(), value.getValue());
        double height = height(kernel.getKey(), which);
        if (times.length > 0) {
          double[] level = {height, height};
          Charts.line(
              chart, new double[] {1, median(times)}, level, Charts.pale(colour), 2 * THICK);
        }
        for (double t : times) {
          x.add(t);
          y.add(height);
        }
      }
      XYSeries series = chart.addSeries(value.getKey(), x, y);
      series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
      series.setMarker(Charts.marker(which));
      series.setMarkerColor(Charts.sheer(colour));
      which++;
    }
  }

  /// Names to the left of the axis, whose ticks XChart would put anywhere but at the lines, and
  /// medians to the right of the points.
  private void write(XYChart chart, LogAxis axis) {
    for (Map.Entry<String, List<Row>> kernel : kernels.entrySet()) {
      chart.addAnnotation(
          new Caption(
              kernel.getKey(),
              axis.fromPixel() - MARGIN,
              chart.getScreenYFromChart(heights.get(kernel.getKey())),
              Caption.Anchor.RIGHT,
              Charts.INK,
              Charts.SMALL,
              0));
      int which = 0;
      for (ToDoubleFunction<Row> value : values.values()) {
        double[] times = times(kernel.getValue(), value);
        if (times.length > 0) {
          chart.addAnnotation(
              new Caption(
                  number(median(times)),
                  axis.pixel(Math.max(1, times[times.length - 1])) + MARGIN,
                  chart.getScreenYFromChart(height(kernel.getKey(), which)),
                  Caption.Anchor.LEFT,
                  Charts.INK,
                  Charts.SMALL,
                  0));
        }
        which++;
      }
    }
  }

  /// @param sorted at least one
  static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static String number(double times) {
    return String.format(Locale.ROOT, times < 10 ? "%.2f" : "%.0f", times);
  }
}
