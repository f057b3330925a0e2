package haze.diffusion.figure;

import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws line charts by XChart, so that all charts look alike.
final class ChartPainter {
  private static final Color GRID = new Color(0xE8E8E8);

  /// How much of a faint line's colour is left; the rest is white.
  private static final double FAINT = 0.3;

  private static final int TITLE_SIZE = 22;
  private static final int LABEL_SIZE = 19;
  private static final int TICK_SIZE = 17;
  private static final int TICK_DISTANCE = 90;
  private static final int TICK_HEIGHT = 50;
  private static final int PADDING = 14;
  private static final int TITLE_PADDING = 8;
  private static final float[] DASHES = {8, 8};

  /// From here on there are as many dashes and gaps together.
  private static final int MANY_POINTS = 60;

  private ChartPainter() {}

  /// Draws charts in rows and columns. What stands left of a frame takes more or less room; frames
  /// of a column begin at the same pixel.
  static BufferedImage draw(int columns, int width, int height, List<LineChart> charts) {
    int rows = Math.ceilDiv(charts.size(), columns);
    BufferedImage canvas = Drawing.canvas(columns * width, rows * height);
    int[] frames = charts.stream().mapToInt(chart -> frame(chart, width, height)).toArray();
    for (int i = 0; i < charts.size(); i++) {
      int widest = 0;
      for (int j = i % columns; j < charts.size(); j += columns) {
        widest = Math.max(widest, frames[j]);
      }
      int indent = widest - frames[i];
      Graphics2D graphics = canvas.createGraphics();
      graphics.translate(i % columns * width + indent, i / columns * height);
      chart(charts.get(i), width - indent, height).paint(graphics, width - indent, height);
      graphics.dispose();
    }
    return canvas;
  }

  /// The pixel at which a chart's frame begins, which the library knows once it has painted.
  /// Between the frame and the ends of the axis it leaves some room on both sides.
  private static int frame(LineChart data, int width, int height) {
    XYChart chart = chart(data, width, height);
    Graphics2D graphics = Drawing.canvas(1, 1).createGraphics();
    chart.paint(graphics, width, height);
    graphics.dispose();
    double from = chart.getScreenXFromChart(data.xEnds()[0]);
    double to = chart.getScreenXFromChart(data.xEnds()[1]);
    double content = chart.getStyler().getPlotContentSize();
    return (int) Math.round(from - (to - from) * (1 - content) / (2 * content));
  }

  private static XYChart chart(LineChart data, int width, int height) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .title(data.title())
            .xAxisTitle(data.x().label())
            .yAxisTitle(data.y().label())
            .build();
    style(chart.getStyler(), data);
    roundTicks(chart, data);
    int next = 0;
    for (int i = 0; i < data.lines().size(); i++) {
      Line line = data.lines().get(i);
      double[][] points = line.points(data.x(), data.y());
      int own = line.colour() < 0 ? next : line.colour();
      boolean takesColour =
          switch (line.look()) {
            case PLAIN, DASHED, MARKED -> true;
            case POINTS, GUIDE, FAINT, THICK -> false;
          };
      next += takesColour && line.colour() < 0 ? 1 : 0;
      if (points[0].length == 0) {
        continue;
      }
      if (line.look() == Look.DASHED) {
        dash(points[1]);
      }
      // Names may occur twice; the library tells lines apart by theirs.
      XYSeries series = chart.addSeries(Integer.toString(i), points[0], points[1]);
      series.setLabel(line.name());
      series.setShowInLegend(line.look() != Look.FAINT);
      series.setLineStyle(stroke(line.look()));
      Color drawn = colour(line.look(), Drawing.COLOURS.get(own % Drawing.COLOURS.size()));
      series.setLineColor(drawn);
      if (line.look() == Look.POINTS) {
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
      }
      boolean marked =
          switch (line.look()) {
            case MARKED, POINTS -> true;
            // A line of one point would not be seen.
            case PLAIN, DASHED, GUIDE, FAINT, THICK -> points[0].length == 1;
          };
      series.setMarker(marked ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
      series.setMarkerColor(drawn);
    }
    return chart;
  }

  /// Numbers at equal distances would get the library's ticks for categories, at 1, 64, 127, ..
  /// instead of 100, 200, ..; so there is a line, never drawn, that goes back and forth.
  private static void roundTicks(XYChart chart, LineChart data) {
    chart
        .addSeries("ticks", backAndForth(data.xEnds()), backAndForth(data.yEnds()))
        .setEnabled(false)
        .setShowInLegend(false);
  }

  private static double[] backAndForth(double[] ends) {
    return new double[] {ends[1], (ends[0] + ends[1]) / 2, ends[0]};
  }

  private static void style(XYStyler styler, LineChart data) {
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderColor(Drawing.FRAME)
        .setChartFontColor(Drawing.INK)
        .setChartPadding(PADDING)
        .setChartTitleFont(Drawing.font(TITLE_SIZE))
        .setChartTitleBoxVisible(false)
        .setChartTitlePadding(TITLE_PADDING)
        .setLegendFont(Drawing.font(TICK_SIZE))
        .setLegendBorderColor(GRID)
        .setLegendBackgroundColor(Color.WHITE)
        .setLocale(Locale.ROOT);
    styler.setLegendVisible(data.legend() != Legend.NONE);
    styler.setLegendPosition(
        switch (data.legend()) {
          case NONE, OUTSIDE -> LegendPosition.OutsideE;
          case TOP_LEFT -> LegendPosition.InsideNW;
          case TOP_RIGHT -> LegendPosition.InsideNE;
          case BOTTOM_LEFT -> LegendPosition.InsideSW;
          case BOTTOM_RIGHT -> LegendPosition.InsideSE;
        });
    styler
        .setPlotGridLinesColor(GRID)
        .setPlotGridLinesStroke(new BasicStroke(1))
        .setAxisTickLabelsFont(Drawing.font(TICK_SIZE))
        .setAxisTitleFont(Drawing.font(LABEL_SIZE))
        .setAxisTickLabelsColor(Drawing.INK)
        .setAxisTickMarksColor(Drawing.FRAME)
        .setXAxisTickMarkSpacingHint(TICK_DISTANCE)
        .setYAxisTickMarkSpacingHint(TICK_HEIGHT)
        .setPlotMargin(0)
        .setXAxisLogarithmic(data.x().logarithmic())
        .setYAxisLogarithmic(data.y().logarithmic())
        .setXAxisMin(data.x().min())
        .setXAxisMax(data.x().max())
        .setYAxisMin(data.y().min())
        .setYAxisMax(data.y().max())
        .setYAxisLabelAlignment(TextAlignment.Right)
        .setXAxisLogarithmicDecadeOnly(false)
        .setYAxisLogarithmicDecadeOnly(false)
        .setXAxisTickLabelsFormattingFunction(Ticks.labels(data.x(), data.xEnds()))
        .setYAxisTickLabelsFormattingFunction(Ticks.labels(data.y(), data.yEnds()));
  }

  private static BasicStroke stroke(Look look) {
    return switch (look) {
      case PLAIN, MARKED -> Drawing.stroke(2.5);
      case FAINT, GUIDE -> Drawing.stroke(2);
      case THICK, POINTS -> Drawing.stroke(5);
      case DASHED ->
          new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 1, DASHES, 0);
    };
  }

  private static Color colour(Look look, Color own) {
    return switch (look) {
      case PLAIN, DASHED, MARKED -> own;
      case FAINT -> new Color(pale(own.getRed()), pale(own.getGreen()), pale(own.getBlue()));
      case GUIDE -> Drawing.FRAME;
      case THICK, POINTS -> Drawing.INK;
    };
  }

  /// The library begins a dash anew at every point, so that dashes of many points run together:
  /// these get their gaps here, and end with a dash.
  private static void dash(double[] ys) {
    for (int i = 0; ys.length > MANY_POINTS && i < ys.length; i++) {
      if ((ys.length - 1 - i) * MANY_POINTS / ys.length % 2 == 1) {
        ys[i] = Double.NaN;
      }
    }
  }

  private static int pale(int level) {
    return (int) Math.round(255 - FAINT * (255 - level));
  }
}
