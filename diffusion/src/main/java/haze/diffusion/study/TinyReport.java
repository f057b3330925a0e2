package haze.diffusion.study;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.PointGrid;
import haze.diffusion.figure.PointGrid.Panel;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Shows what [TinyDiffusion] learns: samples beside data, how far the ones are from the others,
/// and the paths of a few points from noise to data.
///
/// @param rows one for each distribution
public record TinyReport(List<Row> rows) {
  private static final int POINTS = 2000;
  private static final int DDIM_STEPS = 50;

  /// A random path fills the panel; a smooth one leaves room for many.
  private static final int DDPM_PATHS = 3;

  private static final int DDIM_PATHS = 60;

  /// The purpose of the random numbers of the data to compare with, see [Rng]: the letters "REAL".
  private static final int REAL_PURPOSE = 0x5245414C;

  /// The data fills the panels of points; paths come from N(0, I), farther out.
  private static final double RANGE = 2.2;

  private static final double PATH_RANGE = 3;

  /// Copies the list.
  public TinyReport {
    rows = List.copyOf(rows);
  }

  /// A distribution and its samples.
  ///
  /// @param data which distribution
  /// @param real points of it, `[n, 2]`
  /// @param other as many other points of it: how near samples can be
  /// @param ddpm the chain of DDPM's samples, `x_T .. x_0`
  /// @param ddim the chain of DDIM's samples
  public record Row(
      PlaneData data, Tensor real, Tensor other, List<Tensor> ddpm, List<Tensor> ddim) {
    /// Trains a network and samples.
    public static Row train(PlaneData data, long seed) {
      TinyDiffusion model = TinyDiffusion.train(data, seed);
      return new Row(
          data,
          data.points(POINTS, new Rng(seed, REAL_PURPOSE, 0, 0)),
          data.points(POINTS, new Rng(seed, REAL_PURPOSE, 1, 0)),
          model.ddpm(POINTS, seed),
          model.ddim(POINTS, DDIM_STEPS, seed));
    }
  }

  /// Trains a network for each distribution, which takes some seconds.
  public static TinyReport train(long seed) {
    return new TinyReport(
        Arrays.stream(PlaneData.values()).parallel().map(data -> Row.train(data, seed)).toList());
  }

  /// The mean distance from a point of one set to the nearest of the other.
  static double distance(Tensor from, Tensor to) {
    float[] points = from.toArray();
    float[] others = to.toArray();
    double sum = 0;
    for (int i = 0; i < points.length; i += 2) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int j = 0; j < others.length; j += 2) {
        double x = points[i] - others[j];
        double y = points[i + 1] - others[j + 1];
        nearest = Math.min(nearest, x * x + y * y);
      }
      sum += Math.sqrt(nearest);
    }
    return sum / from.dim(0);
  }

  /// The distances between samples and data, both ways: samples that are no data are far from all
  /// data, and data that is never sampled is far from all samples.
  public String text() {
    StringBuilder text = new StringBuilder("Mean distance to the nearest point of the other set\n");
    text.append(String.format("%-12s  %-14s  %12s  %12s%n", "", "", "to the data", "from it"));
    for (Row row : rows) {
      line(text, row, "other data", row.other);
      line(text, row, "DDPM", row.ddpm.getLast());
      line(text, row, "DDIM", row.ddim.getLast());
      line(text, row, "noise", row.ddpm.getFirst());
    }
    return text.toString();
  }

  private static void line(StringBuilder text, Row row, String name, Tensor points) {
    text.append(
        String.format(
            Locale.ROOT,
            "%-12s  %-14s  %12.4f  %12.4f%n",
            row.data,
            name,
            distance(points, row.real),
            distance(row.real, points)));
  }

  /// A row of panels for each distribution.
  public Figure figure() {
    List<Panel> panels = new ArrayList<>();
    for (Row row : rows) {
      panels.add(Panel.points(RANGE, row.real, 2));
      panels.add(Panel.points(RANGE, row.ddpm.getLast(), 0));
      panels.add(Panel.points(RANGE, row.ddim.getLast(), 1));
      panels.add(Panel.paths(PATH_RANGE, row.real, some(row.ddpm, DDPM_PATHS)));
      panels.add(Panel.paths(PATH_RANGE, row.real, some(row.ddim, DDIM_PATHS)));
    }
    return new PointGrid(
        panels,
        List.of(
            "data",
            "samples of DDPM, " + TinyDiffusion.TIMESTEPS + " steps",
            "samples of DDIM, " + DDIM_STEPS + " steps",
            "DDPM from noise to data",
            "DDIM from the same noise"),
        rows.stream().map(row -> row.data.toString()).toList());
  }

  private static List<Tensor> some(List<Tensor> chain, int count) {
    return chain.stream().map(points -> points.slice(0, count)).toList();
  }
}
