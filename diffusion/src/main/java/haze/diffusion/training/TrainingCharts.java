package haze.diffusion.training;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import java.util.List;

/// Draws how a training went: the loss, the gradient and the learning rate over the steps.
public final class TrainingCharts {
  /// A smoothed value is the mean of so great a part of all values around it.
  private static final int SMOOTHING = 25;

  /// What spans more powers of ten than this is drawn on a logarithmic axis.
  private static final double LINEAR_POWERS = 0.5;

  private static final int WIDTH = 1200;
  private static final int HEIGHT = 400;

  private TrainingCharts() {}

  /// Three charts, one below the other, 1200 x 1200 pixels.
  public static Figure of(Metrics metrics) {
    return LineChart.grid(1, WIDTH, HEIGHT, charts(metrics));
  }

  static List<LineChart> charts(Metrics metrics) {
    double[] steps = metrics.steps();
    LineChart rate =
        new LineChart(
            "Learning rate",
            Axis.linear("step"),
            Axis.linear("learning rate"),
            Legend.NONE,
            List.of(new Line("learning rate", steps, metrics.learningRates())));
    return List.of(
        noisy("Loss" + refused(metrics), "loss", steps, metrics.losses()),
        noisy("Gradient", "norm before clipping", steps, metrics.gradientNorms()),
        rate);
  }

  private static String refused(Metrics metrics) {
    int count = metrics.refused().length;
    return count == 0
        ? ""
        : ", without " + count + (count == 1 ? " step" : " steps") + " not applied";
  }

  private static LineChart noisy(String title, String label, double[] steps, double[] values) {
    double[] smooth = smooth(values, Math.max(1, values.length / SMOOTHING));
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    boolean wide = min > 0 && Math.log10(max / min) > LINEAR_POWERS;
    return new LineChart(
        title,
        Axis.linear("step"),
        wide ? Axis.log(label) : Axis.linear(label),
        Legend.TOP_RIGHT,
        List.of(
            new Line("each step", steps, values, Look.FAINT),
            new Line("mean of the steps around it", steps, smooth)));
  }

  /// Means over windows around each value. Near the first value, where losses fall fast, a window
  /// reaches no farther forward than there are values behind, so that the mean neither lags nor
  /// leads; at the last value windows end.
  ///
  /// @param window how many values to average, at least 1; an even number counts as one more
  static double[] smooth(double[] values, int window) {
    double[] sums = new double[values.length + 1];
    for (int i = 0; i < values.length; i++) {
      sums[i + 1] = sums[i] + values[i];
    }
    double[] smooth = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int reach = Math.min(window / 2, i);
      int to = Math.min(values.length, i + reach + 1);
      smooth[i] = (sums[to] - sums[i - reach]) / (to - i + reach);
    }
    return smooth;
  }
}
