package haze.diffusion.study;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.NoiseSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Draws all noise schedules side by side: what a step adds, what is left of the picture, and how
/// it stands to the noise.
///
/// There are too many for one chart. On the left are those whose betas are given, on the right
/// those whose alphaBar is.
public final class ScheduleCharts {
  /// T of the published schedules.
  private static final int TIMESTEPS = 1000;

  /// A smaller T makes the betas of the linear schedule larger than 1, see
  /// [NoiseSchedule#linear(int)].
  private static final int LEAST_TIMESTEPS = 21;

  /// Stable Diffusion's betas (Rombach et al. 2022).
  private static final double LATENT_START = 0.00085;

  private static final double LATENT_END = 0.012;

  /// The betas of Ho et al. 2020.
  private static final double HO_START = 1e-4;

  private static final double HO_END = 0.02;

  /// The noise levels of Karras et al. 2022, table 1.
  private static final double SIGMA_MIN = 0.002;

  private static final double SIGMA_MAX = 80;
  private static final double DECIBELS = 10;
  private static final double LARGEST_SNR = 80;
  private static final double LEAST_BETA = 1e-8;
  private static final int WIDTH = 600;
  private static final int HEIGHT = 390;

  private ScheduleCharts() {}

  /// Writes the charts as one PNG file of 1200 x 1170 pixels.
  ///
  /// @param own a schedule to draw among the others, thick, with as many timesteps for them all; or
  ///   null, for T = 1000
  /// @param name its name; not used without it
  /// @param file the picture; replaced as a whole
  /// @throws IOException if the file cannot be written
  public static void write(@Nullable NoiseSchedule own, String name, Path file) throws IOException {
    LineChart.write(file, 2, WIDTH, HEIGHT, charts(own, name));
  }

  /// The charts, row after row: a column for each way to give a schedule.
  static List<LineChart> charts(@Nullable NoiseSchedule own, String name) {
    int timesteps = own == null ? TIMESTEPS : own.timesteps();
    List<LineChart> charts = new ArrayList<>();
    for (Quantity quantity : Quantity.values()) {
      charts.add(quantity.chart("given by beta", byBeta(timesteps), own, name));
      charts.add(quantity.chart("given by alphaBar", byAlphaBar(timesteps), own, name));
    }
    return charts;
  }

  private static Map<String, NoiseSchedule> byBeta(int timesteps) {
    Map<String, NoiseSchedule> schedules = new LinkedHashMap<>();
    if (timesteps >= LEAST_TIMESTEPS) {
      double scale = (double) TIMESTEPS / timesteps;
      schedules.put("linear", NoiseSchedule.linear(timesteps));
      schedules.put(
          "linear, zero terminal SNR", NoiseSchedule.linear(timesteps).withZeroTerminalSnr());
      schedules.put(
          "scaled linear",
          NoiseSchedule.scaledLinear(timesteps, scale * LATENT_START, scale * LATENT_END));
      schedules.put(
          "sigmoid betas", NoiseSchedule.sigmoidBetas(timesteps, scale * HO_START, scale * HO_END));
    }
    return schedules;
  }

  private static Map<String, NoiseSchedule> byAlphaBar(int timesteps) {
    Map<String, NoiseSchedule> schedules = new LinkedHashMap<>();
    if (timesteps >= LEAST_TIMESTEPS) {
      schedules.put("cosine", NoiseSchedule.cosine(timesteps));
      schedules.put("sigmoid", NoiseSchedule.sigmoid(timesteps));
      schedules.put("exponential", NoiseSchedule.exponential(timesteps));
      schedules.put("Laplace", NoiseSchedule.laplace(timesteps));
      schedules.put("Karras", NoiseSchedule.karras(timesteps, SIGMA_MIN, SIGMA_MAX));
    }
    return schedules;
  }

  /// What is drawn over t.
  private enum Quantity {
    BETA("Schedules ", "beta_t: noise that step t adds"),
    ALPHA_BAR("What is left of the picture, ", "alphaBar_t: share of signal"),
    SNR("Signal to noise, ", "SNR_t in dB");

    private final String title;
    private final String label;

    Quantity(String title, String label) {
      this.title = title;
      this.label = label;
    }

    private double at(NoiseSchedule schedule, int t) {
      return switch (this) {
        case BETA -> schedule.beta(t);
        case ALPHA_BAR -> schedule.alphaBar(t);
        case SNR -> DECIBELS * Math.log10(schedule.snr(t));
      };
    }

    private LineChart chart(
        String kind,
        Map<String, NoiseSchedule> schedules,
        @Nullable NoiseSchedule own,
        String name) {
      List<Line> lines = new ArrayList<>();
      if (own != null) {
        lines.add(line(name, own, Look.THICK));
      }
      schedules.forEach((other, schedule) -> lines.add(line(other, schedule, Look.PLAIN)));
      Axis y =
          switch (this) {
            case BETA -> Axis.log(label).within(LEAST_BETA, 1);
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

    private Line line(String name, NoiseSchedule schedule, Look look) {
      double[] t = IntStream.rangeClosed(1, schedule.timesteps()).asDoubleStream().toArray();
      double[] values =
          IntStream.rangeClosed(1, schedule.timesteps())
              .mapToDouble(step -> at(schedule, step))
              .toArray();
      return new Line(name, t, values, look);
    }
  }
}
