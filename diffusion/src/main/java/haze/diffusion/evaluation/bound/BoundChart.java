package haze.diffusion.evaluation.bound;

import haze.diffusion.figure.LineChart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Draws the bound per timestep, of one model or of several to compare: it shows at which noise
/// levels a model pays for what it does not know.
public final class BoundChart {
  private BoundChart() {}

  /// The chart, on logarithmic axes: a few timesteps out of a thousand make up most of the bound.
  ///
  /// @param bounds by the name of the model, at least one, in the order of the legend
  /// @return the chart
  /// @throws IllegalArgumentException if no term is above 0
  public static LineChart of(Map<String, StoredBound> bounds) {
    List<LineChart.Line> lines =
        bounds.entrySet().stream().map(entry -> line(entry.getKey(), entry.getValue())).toList();
    return new LineChart(
        "The variational bound, term by term",
        LineChart.Axis.log("timestep t (little noise on the left)"),
        LineChart.Axis.log("bits per dimension"),
        LineChart.Legend.TOP_RIGHT,
        lines);
  }

  private static LineChart.Line line(String name, StoredBound bound) {
    List<StoredBound.Term> points = points(bound);
    return new LineChart.Line(
        name + String.format(Locale.ROOT, ": %.3f in all", bound.total().mean()),
        points.stream().mapToDouble(StoredBound.Term::t).toArray(),
        points.stream().mapToDouble(StoredBound.Term::bitsPerDimension).toArray());
  }

  /// The terms to draw. Where few images were measured at a timestep, it is drawn together with the
  /// next ones, until as many images as there are stand behind a point: otherwise the line would
  /// show which images they happened to be.
  static List<StoredBound.Term> points(StoredBound bound) {
    List<StoredBound.Term> points = new ArrayList<>();
    double images = 0;
    double timesteps = 0;
    double bits = 0;
    for (StoredBound.Term term : bound.terms()) {
      images += term.images();
      timesteps += (double) term.t() * term.images();
      bits += term.bitsPerDimension() * term.images();
      if (images >= bound.images() || term.t() == bound.terms().getLast().t()) {
        points.add(
            new StoredBound.Term(
                (int) Math.round(timesteps / images), bits / images, (int) images));
        images = 0;
        timesteps = 0;
        bits = 0;
      }
    }
    return points;
  }
}
