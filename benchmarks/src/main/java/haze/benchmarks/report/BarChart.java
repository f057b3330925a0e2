package haze.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;

/// Draws how many times as fast as something else Haze is, a bar for each kernel.
final class BarChart {
  private static final int WIDTH = 1000;
  private static final int BAR = 26;
  private static final int REST = 140;

  private BarChart() {}

  /// @param values for each other one how many times as fast as it a row is; NaN where it was not measured
  static HorizontalBarChart of(String title, String axis, List<Row> rows,
      Map<String, ToDoubleFunction<Row>> values) {
    HorizontalBarChart chart = new HorizontalBarChartBuilder().width(WIDTH)
        .height(REST + BAR * rows.size() * Math.max(1, values.size())).title(title)
        .xAxisTitle(axis).build();
    Charts.plain(chart.getStyler());
    // From below to above in XChart's order.
    List<String> names = rows.reversed().stream()
        .map(row -> row.result().label() + " " + row.result().size()).toList();
    values.forEach((name, value) -> {
      List<Double> bars = new ArrayList<>();
      rows.reversed().forEach(row -> bars.add(value.applyAsDouble(row)));
      chart.addSeries(name, bars, names);
    });
    return chart;
  }
}
