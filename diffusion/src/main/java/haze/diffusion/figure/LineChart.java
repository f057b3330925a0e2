package haze.diffusion.figure;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Numbers over numbers as lines, 1200 x 800 pixels: white ground, thin grid, a colour-blind-safe
/// palette.
///
/// @param title what is seen
/// @param x the axis to the right
/// @param y the axis upwards
/// @param legend where the lines' names stand
/// @param lines what is drawn, later lines over earlier ones
public record LineChart(String title, Axis x, Axis y, Legend legend, List<Line> lines)
    implements Figure {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;

  /// Copies the list.
  ///
  /// @throws IllegalArgumentException if there is no point to draw
  public LineChart {
    lines = List.copyOf(lines);
    if (lines.stream().allMatch(line -> line.points(x, y)[0].length == 0)) {
      throw new IllegalArgumentException("chart '" + title + "': there is no point to draw");
    }
  }

  /// An axis of a chart.
  ///
  /// @param label what is counted along it, and in which unit
  /// @param logarithmic whether equal distances are equal factors; numbers that are not positive
  ///   are not drawn then
  /// @param min where it begins, or null for the smallest number that is drawn
  /// @param max where it ends, or null for the largest
  public record Axis(
      String label, boolean logarithmic, @Nullable Double min, @Nullable Double max) {
    /// An axis on which equal distances are equal differences, as long as the numbers need.
    public static Axis linear(String label) {
      return new Axis(label, false, null, null);
    }

    /// An axis on which equal distances are equal factors, as long as the numbers need.
    public static Axis log(String label) {
      return new Axis(label, true, null, null);
    }

    /// The same axis with fixed ends; what lies outside is not drawn.
    public Axis within(double from, double to) {
      return new Axis(label, logarithmic, from, to);
    }

    private boolean shows(double value) {
      return Double.isFinite(value) && (!logarithmic || value > 0);
    }
  }

  /// What a line looks like.
  public enum Look {
    /// A solid line.
    PLAIN,
    /// A dashed line.
    DASHED,
    /// A solid line whose points are marked.
    MARKED,
    /// Points that are not joined, thick and dark.
    POINTS,
    /// Thin and grey: a limit or a level to compare with.
    GUIDE,
    /// Thin and pale: the values that the next line, of the same colour, is the mean of, or its
    /// errors. The legend does not name it.
    FAINT,
    /// Thick and dark: the line that the chart is about.
    THICK
  }

  /// Points that are joined in their order.
  ///
  /// @param name its name in the legend
  /// @param x where the points are; the line has a gap where a number is not finite, or not
  ///   positive on a logarithmic axis
  /// @param y how high they are
  /// @param look what it looks like
  /// @param colour which of the chart's colours a plain, dashed or faint line has, from 0; -1 for
  ///   the next one
  @SuppressWarnings("ArrayRecordComponent") // A bundle of arguments; nobody compares two.
  public record Line(String name, double[] x, double[] y, Look look, int colour) {
    /// Checks the lengths.
    ///
    /// @throws IllegalArgumentException if there are more numbers of one kind than of the other
    public Line {
      if (x.length != y.length) {
        throw new IllegalArgumentException(
            "line '" + name + "': lengths differ: " + x.length + " and " + y.length);
      }
    }

    /// A line of the next colour.
    ///
    /// @throws IllegalArgumentException if there are more numbers of one kind than of the other
    public Line(String name, double[] x, double[] y, Look look) {
      this(name, x, y, look, -1);
    }

    /// A plain line of the next colour.
    ///
    /// @throws IllegalArgumentException if there are more numbers of one kind than of the other
    public Line(String name, double[] x, double[] y) {
      this(name, x, y, Look.PLAIN);
    }

    /// The x's and the y's of the points that can be drawn, and for each row of others between them
    /// a NaN, where the line has a gap.
    double[][] points(Axis xAxis, Axis yAxis) {
      double[] xs = new double[x.length];
      double[] ys = new double[x.length];
      int count = 0;
      for (int i = 0; i < x.length; i++) {
        if (xAxis.shows(x[i]) && yAxis.shows(y[i])) {
          xs[count] = x[i];
          ys[count++] = y[i];
        } else if (count > 0 && !Double.isNaN(ys[count - 1])) {
          xs[count] = xs[count - 1];
          ys[count++] = Double.NaN;
        }
      }
      return new double[][] {Arrays.copyOf(xs, count), Arrays.copyOf(ys, count)};
    }
  }

  /// Where the lines' names stand.
  public enum Legend {
    /// Nowhere.
    NONE,
    /// On the right, outside.
    OUTSIDE,
    /// Inside, above on the left.
    TOP_LEFT,
    /// Inside, above on the right.
    TOP_RIGHT,
    /// Inside, below on the left.
    BOTTOM_LEFT,
    /// Inside, below on the right.
    BOTTOM_RIGHT
  }

  /// Where the x axis begins and ends.
  double[] xEnds() {
    return ends(x, 0);
  }

  /// Where the y axis begins and ends.
  double[] yEnds() {
    return ends(y, 1);
  }

  private double[] ends(Axis axis, int coordinate) {
    DoubleSummaryStatistics all =
        lines.stream()
            .flatMapToDouble(line -> Arrays.stream(line.points(x, y)[coordinate]))
            .filter(Double::isFinite)
            .summaryStatistics();
    return new double[] {
      axis.min == null ? all.getMin() : axis.min, axis.max == null ? all.getMax() : axis.max
    };
  }

  @Override
  public BufferedImage draw() {
    return sized(WIDTH, HEIGHT).draw();
  }

  /// This chart in another size.
  ///
  /// @param width in pixels; letters are 17 high
  /// @param height in pixels
  public Figure sized(int width, int height) {
    return grid(1, width, height, List.of(this));
  }

  /// Several charts in rows and columns, the frames of a column one below the other.
  ///
  /// @param columns how many charts stand side by side
  /// @param width the width of a chart in pixels; letters are 17 high
  /// @param height its height
  /// @param charts fill row after row
  public static Figure grid(int columns, int width, int height, List<LineChart> charts) {
    List<LineChart> copy = List.copyOf(charts);
    return () -> ChartPainter.draw(columns, width, height, copy);
  }
}
