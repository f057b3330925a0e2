package haze.diffusion.study;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.NoiseSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Draws the noise schedules: over t, the noise that a step adds, the signal that is left, and the
/// ratio of the two.
///
/// There are too many for one chart. On the left are those that are given by their betas, on the
/// right those that are given by alphaBar.
public final class ScheduleCharts {
  /// T of the published schedules.
  private static final int TIMESTEPS = 1000;

  /// Stable Diffusion's betas (Rombach et al. 2022).
  private static final double LATENT_START = 0.00085;

  private static final double LATENT_END = 0.012;

  /// The noise levels of Karras et al. 2022, table 1.
  private static final double SIGMA_MIN = 0.002;

  private static final double SIGMA_MAX = 80;
  private static final double DECIBELS = 10;
  private static final double LARGEST_SNR = 80;
  private static final int WIDTH = 600;
  private static final int HEIGHT = 390;

  private ScheduleCharts() {}

  /// The charts of all schedules and that of a model.
  ///
  /// @param model a pipeline; null for none
  /// @throws IOException if the model cannot be read
  public static Figure ofModel(@Nullable Path model) throws IOException {
    return of(model == null ? null : ModelSchedule.read(model), "this model");
  }

  /// The charts, two in a row of 1200 pixels; one if T is so small that no schedule of the left
  /// column exists.
  ///
  /// @param own a schedule to draw among the others, thick, with as many timesteps for them all; or
  ///   null, for T = 1000
  /// @param name its name; not used without it
  public static Figure of(@Nullable NoiseSchedule own, String name) {
    List<LineChart> charts = charts(own, name);
    return LineChart.grid(charts.size() / Quantity.values().length, WIDTH, HEIGHT, charts);
  }

  /// The charts, row after row.
  static List<LineChart> charts(@Nullable NoiseSchedule own, String name) {
    int timesteps = own == null ? TIMESTEPS : own.timesteps();
    List<Curve> byBeta = byBeta(timesteps);
    List<Curve> byAlphaBar = byAlphaBar(timesteps);
    List<LineChart> charts = new ArrayList<>();
    for (Quantity quantity : Quantity.values()) {
      if (!byBeta.isEmpty()) {
        charts.add(
            quantity.chart(Figure.words("β schedules", "beta schedules"), byBeta, own, name));
      }
      charts.add(
          quantity.chart(Figure.words("ᾱ schedules", "alphaBar schedules"), byAlphaBar, own, name));
    }
    return charts;
  }

  /// A schedule to draw.
  private record Curve(String name, NoiseSchedule schedule, Look look) {}

  /// Betas grow as T falls, so that as much noise is added in all: from some T on the last one
  /// would be above 1, and there is no such schedule; a last one of 1 ends without signal by
  /// itself.
  private static List<Curve> byBeta(int timesteps) {
    double scale = (double) TIMESTEPS / timesteps;
    double start = scale * NoiseSchedule.BETA_START;
    double end = scale * NoiseSchedule.BETA_END;
    List<Curve> curves = new ArrayList<>();
    if (end <= 1) {
      curves.add(new Curve("linear", NoiseSchedule.linear(timesteps, start, end), Look.PLAIN));
    }
    if (end < 1) {
      curves.add(
          new Curve(
              "linear, zero terminal SNR",
              NoiseSchedule.linear(timesteps, start, end).withZeroTerminalSnr(),
              Look.DASHED));
    }
    if (scale * LATENT_END < 1) {
      curves.add(
          new Curve(
              "scaled linear",
              NoiseSchedule.scaledLinear(timesteps, scale * LATENT_START, scale * LATENT_END),
              Look.PLAIN));
    }
    if (end <= 1) {
      curves.add(
          new Curve(
              "sigmoid betas", NoiseSchedule.sigmoidBetas(timesteps, start, end), Look.PLAIN));
    }
    return curves;
  }

  private static List<Curve> byAlphaBar(int timesteps) {
    return List.of(
        new Curve("cosine", NoiseSchedule.cosine(timesteps), Look.PLAIN),
        new Curve("sigmoid", NoiseSchedule.sigmoid(timesteps), Look.PLAIN),
        new Curve("exponential", NoiseSchedule.exponential(timesteps), Look.PLAIN),
        new Curve("Laplace", NoiseSchedule.laplace(timesteps), Look.PLAIN),
        new Curve("log-SNR", NoiseSchedule.logSnr(timesteps), Look.PLAIN),
        new Curve("Karras", NoiseSchedule.karras(timesteps, SIGMA_MIN, SIGMA_MAX), Look.PLAIN));
  }

  /// What is drawn over t.
  private enum Quantity {
    BETA("Noise of a step: ", "βₜ", "beta_t"),
    ALPHA_BAR("Signal that is left: ", "ᾱₜ", "alphaBar_t"),
    SNR("Signal-to-noise ratio: ", "SNRₜ in dB", "SNR_t in dB");

    private final String title;
    private final String label;

    Quantity(String title, String symbols, String plain) {
      this.title = title;
      this.label = Figure.words(symbols, plain);
    }

    private double at(NoiseSchedule schedule, int t) {
      return switch (this) {
        case BETA -> schedule.beta(t);
        case ALPHA_BAR -> schedule.alphaBar(t);
        case SNR -> DECIBELS * Math.log10(schedule.snr(t));
      };
    }

    private LineChart chart(
        String kind, List<Curve> curves, @Nullable NoiseSchedule own, String name) {
      List<Line> lines = new ArrayList<>();
      if (own != null) {
        lines.add(line(new Curve(name, own, Look.THICK)));
      }
      curves.forEach(curve -> lines.add(line(curve)));
      Axis y =
          switch (this) {
            case BETA -> Axis.log(label).within(wholePower(lines), 1);
            case ALPHA_BAR -> Axis.linear(label).within(0, 1);
            case SNR -> Axis.linear(label).within(-LARGEST_SNR, LARGEST_SNR);
          };
      return new LineChart(
          title + kind,
          Axis.linear("timestep t"),
          y,
          this == BETA ? Legend.BOTTOM_RIGHT : Legend.NONE,
          lines);
    }

    /// The power of ten below all numbers.
    private static double wholePower(List<Line> lines) {
      double least =
          lines.stream().flatMapToDouble(line -> DoubleStream.of(line.y())).min().orElseThrow();
      return Math.pow(10, Math.floor(Math.log10(least)));
    }

    private Line line(Curve curve) {
      NoiseSchedule schedule = curve.schedule();
      return new Line(
          curve.name(),
          IntStream.rangeClosed(1, schedule.timesteps()).asDoubleStream().toArray(),
          IntStream.rangeClosed(1, schedule.timesteps())
              .mapToDouble(t -> at(schedule, t))
              .toArray(),
          curve.look());
    }
  }
}
