package haze.diffusion.study;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.Png;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Shows that a picture to which a little noise is added again and again becomes pure noise.
///
/// The chain is walked step by step, with fresh noise in each ([ForwardProcess#step], not the
/// jump), and looked at some ten times on the way: as a picture, as the histogram of its pixels,
/// and in numbers.
///
/// @param moments what was seen, in the order of time: the first of the picture, the last at t = T
/// @param prior the bound's `L_T` for this picture, in bits for each dimension: what the end of the
///   chain still tells of it
public record ForwardReport(List<Moment> moments, double prior) {
  /// The purpose of the noise, see [Rng]: the letters "WALK".
  private static final int NOISE_PURPOSE = 0x57414C4B;

  private static final int MOMENTS = 12;
  private static final int HISTOGRAM_HEIGHT = 90;
  private static final int BAR_PIXELS = 3;

  /// The histogram is of values up to so many standard deviations, and as high as half more than
  /// the normal distribution's top.
  private static final double RANGE = 3.5;

  private static final double TOP = 0.6;
  private static final int GAP = 10;

  /// Copies the list.
  public ForwardReport {
    moments = List.copyOf(moments);
  }

  /// The chain at one time.
  ///
  /// @param t the timestep, 0..T
  /// @param signal `sqrt(alphaBar_t)`, the factor before the picture
  /// @param mean the mean of the pixels
  /// @param deviation their standard deviation
  /// @param distance their distance from the distribution N(0, 1) after Kolmogorov and Smirnov
  /// @param xt the image, `[1, h, w, c]`
  public record Moment(
      int t, double signal, double mean, double deviation, double distance, Tensor xt) {
    private static Moment of(int t, double signal, Tensor xt) {
      double[] values = doubles(xt);
      double mean = 0;
      for (double value : values) {
        mean += value / values.length;
      }
      double variance = 0;
      for (double value : values) {
        variance += (value - mean) * (value - mean) / values.length;
      }
      return new Moment(t, signal, mean, Math.sqrt(variance), StandardNormal.distance(values), xt);
    }
  }

  /// Walks the chain.
  ///
  /// @param schedule how much noise each step adds
  /// @param x0 the picture, `[1, h, w, c]`, in [-1, 1]
  /// @param seed of the noise
  /// @return what was seen
  public static ForwardReport walk(NoiseSchedule schedule, Tensor x0, long seed) {
    ForwardProcess forward = new ForwardProcess(schedule);
    int timesteps = schedule.timesteps();
    int last = Math.min(MOMENTS - 1, timesteps);
    List<Moment> moments = new ArrayList<>();
    moments.add(Moment.of(0, 1, x0));
    Tensor xt = x0;
    for (int t = 1; t <= timesteps; t++) {
      Tensor epsilon = new Rng(seed, NOISE_PURPOSE, t, 0).normal(Tensor.zeros(x0.shape().dims()));
      xt = forward.step(xt, epsilon, t);
      if (t == Math.round((double) moments.size() * timesteps / last)) {
        moments.add(Moment.of(t, Math.sqrt(schedule.alphaBar(t)), xt));
      }
    }
    double nats =
        forward.distribution(doubles(x0), timesteps).kl(DiagonalGaussian.standard(x0.size()));
    return new ForwardReport(moments, VariationalBound.bitsPerDimension(nats, x0.size()));
  }

  private static double[] doubles(Tensor tensor) {
    float[] values = tensor.toArray();
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /// The numbers.
  ///
  /// @return a table with a line for each moment, and what it shows
  public String table() {
    StringBuilder table = new StringBuilder("    t   signal     mean  deviation  distance\n");
    for (Moment moment : moments) {
      table.append(
          String.format(
              Locale.ROOT,
              "%5d  %7.4f  %7.3f  %9.3f  %8.3f%n",
              moment.t,
              moment.signal,
              moment.mean,
              moment.deviation,
              moment.distance));
    }
    double critical = StandardNormal.criticalDistance(moments.getFirst().xt.size());
    boolean noise = moments.getLast().distance < critical;
    return table
        .append(
            String.format(
                Locale.ROOT,
                """

                signal     sqrt(alphaBar_t), the factor before the picture
                mean       of the pixels, which are in [-1, 1] at first; and their standard deviation
                distance   of the pixels' distribution from N(0, 1) after Kolmogorov and Smirnov: %d draws from N(0, 1)
                           itself stay below %.3f 19 times in 20

                At t = %d the pixels %s pure noise: %.3f is %s %.3f.
                L_T, what the end of the chain still tells of the picture: %.3g bits/dim.
                """,
                moments.getFirst().xt.size(),
                critical,
                moments.getLast().t,
                noise ? "pass for" : "are not yet, or by bad luck do not look like,",
                moments.getLast().distance,
                noise ? "below" : "above",
                critical,
                prior))
        .toString();
  }

  /// Writes the images in a row, and below each the histogram of its pixels with the normal
  /// distribution's density.
  ///
  /// @param file the picture; replaced as a whole
  /// @throws IOException if the file cannot be written
  public void write(Path file) throws IOException {
    byte[] png = Png.of(draw());
    AtomicFile.write(file, out -> out.write(png));
  }

  BufferedImage draw() {
    Tensor first = moments.getFirst().xt;
    Tensor images = Tensor.zeros(first.shape().with(0, moments.size()).dims());
    for (int i = 0; i < moments.size(); i++) {
      images.slice(i, 1).copyFrom(moments.get(i).xt);
    }
    CaptionedGrid grid =
        new CaptionedGrid(
            images,
            moments.stream()
                .map(
                    moment ->
                        String.format(Locale.ROOT, "t = %d%nsignal %.2f", moment.t, moment.signal))
                .toList(),
            List.of("image x_t"));
    int below = GAP + HISTOGRAM_HEIGHT + CaptionedGrid.LINE_HEIGHT;
    CaptionedGrid.Drawn drawn = grid.draw(below);
    BufferedImage picture = drawn.picture();
    int bottom = picture.getHeight() - CaptionedGrid.MARGIN - CaptionedGrid.LINE_HEIGHT;
    Graphics2D graphics = CaptionedGrid.graphics(picture);
    graphics.setColor(LineChart.INK);
    CaptionedGrid.text(
        graphics,
        "its pixels,\nand N(0, 1)",
        CaptionedGrid.MARGIN,
        bottom - HISTOGRAM_HEIGHT / 2 - CaptionedGrid.LINE_HEIGHT);
    int width = drawn.columnWidth() - GAP;
    for (int i = 0; i < moments.size(); i++) {
      histogram(graphics, doubles(moments.get(i).xt), drawn.middle(i) - width / 2, bottom, width);
    }
    graphics.dispose();
    return picture;
  }

  private static void histogram(
      Graphics2D graphics, double[] values, int left, int bottom, int width) {
    int bars = width / BAR_PIXELS;
    double step = 2 * RANGE / bars;
    int[] counts = new int[bars];
    for (double value : values) {
      int bar = (int) Math.floor((value + RANGE) / step);
      if (bar >= 0 && bar < bars) {
        counts[bar]++;
      }
    }
    graphics.setColor(LineChart.COLOURS.getFirst());
    for (int bar = 0; bar < bars; bar++) {
      int height = height(counts[bar] / (values.length * step));
      graphics.fillRect(left + bar * BAR_PIXELS, bottom - height, BAR_PIXELS, height);
    }
    Path2D distribution = new Path2D.Double();
    distribution.moveTo(left, bottom - height(StandardNormal.density(-RANGE)));
    for (int bar = 1; bar <= bars; bar++) {
      distribution.lineTo(
          left + bar * BAR_PIXELS,
          bottom - HISTOGRAM_HEIGHT / TOP * StandardNormal.density(bar * step - RANGE));
    }
    graphics.setColor(LineChart.COLOURS.get(1));
    graphics.setStroke(new BasicStroke(2));
    graphics.draw(distribution);
    graphics.setColor(Color.GRAY);
    graphics.setStroke(new BasicStroke(1));
    graphics.drawLine(left, bottom, left + bars * BAR_PIXELS - 1, bottom);
    graphics.setColor(LineChart.INK);
    for (int value = -2; value <= 2; value += 2) {
      CaptionedGrid.centered(
          graphics,
          Integer.toString(value),
          left + (int) Math.round((value + RANGE) / step * BAR_PIXELS),
          bottom);
    }
  }

  /// The pixels of a density; of one that is too high as many as there are.
  private static int height(double density) {
    return (int) Math.round(HISTOGRAM_HEIGHT * Math.min(1, density / TOP));
  }
}
