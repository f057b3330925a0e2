package haze.diffusion.evaluation.bound;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Draws the bound per timestep, of one model or of several to compare: at which noise levels the
/// reverse process is furthest from the posterior.
public final class BoundChart {
  /// More points than this touch each other: they are drawn as a line alone.
  private static final int MOST_MARKS = 120;

  private BoundChart() {}

  /// {@return the chart, on logarithmic axes, because a few timesteps out of a thousand make up
  /// most of the bound}
  ///
  /// Points are joined where timesteps were measured; a bar is the standard error of the mean to
  /// both sides. The point at t = 1 is `L_0`; `L_T` has no timestep, and stands in the legend.
  ///
  /// @param bounds by the name of the model, at least one, in the order of the legend
  /// @throws IllegalArgumentException if no term is above 0
  public static LineChart of(Map<String, StoredBound> bounds) {
    List<Line> lines = new ArrayList<>();
    List<StoredBound.Term> decoders = new ArrayList<>();
    bounds.forEach(
        (name, bound) -> {
          List<StoredBound.Term> points = points(bound);
          lines.add(errorBars(points));
          lines.add(
              line(
                  name + ": " + legend(bound),
                  points,
                  points.size() > MOST_MARKS ? Look.PLAIN : Look.MARKED));
          if (points.getFirst().t() == 1) {
            decoders.add(points.getFirst());
          }
        });
    if (!decoders.isEmpty()) {
      lines.add(line("L_0, at t = 1", decoders, Look.POINTS));
    }
    return new LineChart(
        "The variational bound, term by term",
        LineChart.Axis.log("timestep t (little noise on the left)"),
        LineChart.Axis.log("L_{t-1} in bits per dimension"),
        LineChart.Legend.TOP_RIGHT,
        lines);
  }

  private static String legend(StoredBound bound) {
    return String.format(
        Locale.ROOT,
        "%.3f in all, L_0 %.3f, L_T %.2g",
        bound.total().mean(),
        bound.decoder().mean(),
        bound.prior().mean());
  }

  private static Line line(String name, List<StoredBound.Term> points, Look look) {
    return new Line(
        name,
        points.stream().mapToDouble(StoredBound.Term::t).toArray(),
        points.stream().mapToDouble(StoredBound.Term::bitsPerDimension).toArray(),
        look);
  }

  /// Vertical lines with gaps between them.
  private static Line errorBars(List<StoredBound.Term> points) {
    double[] x = new double[3 * points.size()];
    double[] y = new double[3 * points.size()];
    for (int i = 0; i < points.size(); i++) {
      StoredBound.Term point = points.get(i);
      double low = point.bitsPerDimension() - point.standardError();
      for (int j = 0; j < 3; j++) {
        x[3 * i + j] = point.t();
      }
      // Below 0 there is no place on the axis.
      y[3 * i] = low > 0 ? low : point.bitsPerDimension();
      y[3 * i + 1] = point.bitsPerDimension() + point.standardError();
      y[3 * i + 2] = Double.NaN;
    }
    return new Line("", x, y, Look.FAINT);
  }

  /// The terms to draw. Where few images were measured at a timestep, it is drawn together with the
  /// next ones, until as many images as there are stand behind a point: otherwise the line would
  /// show which images they happened to be.
  static List<StoredBound.Term> points(StoredBound bound) {
    List<StoredBound.Term> points = new ArrayList<>();
    RunningMean bits = new RunningMean();
    double timesteps = 0;
    for (StoredBound.Term term : bound.terms()) {
      bits.add(term.images(), term.bitsPerDimension(), term.standardError());
      timesteps += (double) term.t() * term.images();
      if (bits.count() >= bound.images() || term.t() == bound.terms().getLast().t()) {
        points.add(
            new StoredBound.Term(
                (int) Math.round(timesteps / bits.count()),
                bits.mean(),
                bits.standardError(),
                bits.count()));
        bits = new RunningMean();
        timesteps = 0;
      }
    }
    return points;
  }
}
