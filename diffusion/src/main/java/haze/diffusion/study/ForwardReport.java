package haze.diffusion.study;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.EachImage;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.Histograms;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Shows that an image to which a little noise is added again and again becomes pure noise.
///
/// The chain is simulated step by step, with fresh noise in each ([ForwardProcess#step], not
/// [ForwardProcess#addNoise]), and recorded some ten times: as an image, as the histogram of its
/// pixels, and in numbers.
///
/// @param moments what was recorded, in the order of time: the first is the image, the last at t =
///   T
/// @param prior the bound's `L_T` of this image, in bits per dimension: what the end of the chain
///   still tells of it
public record ForwardReport(List<Moment> moments, double prior) {
  /// The purpose of the noise, see [Rng]: the letters "WALK".
  private static final int NOISE_PURPOSE = 0x57414C4B;

  private static final int MOMENTS = 12;
  private static final int TIMESTEPS = 1000;

  /// Copies the list.
  public ForwardReport {
    moments = List.copyOf(moments);
  }

  /// The chain at one time.
  ///
  /// @param t the timestep, 0..T
  /// @param signal `sqrt(alphaBar_t)`, the factor of the image
  /// @param mean the mean of the pixels
  /// @param deviation their standard deviation
  /// @param distance of their distribution from N(0, 1), after Kolmogorov and Smirnov
  /// @param xt the noisy image, `[1, h, w, c]`
  public record Moment(
      int t, double signal, double mean, double deviation, double distance, Tensor xt) {
    private static Moment of(int t, double signal, Tensor xt) {
      double[] values = xt.toDoubles();
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

  /// Simulates the chain with an image of a source.
  ///
  /// @param model a pipeline, for its noise schedule; null for the default run's, cosine with T =
  ///   1000
  /// @param index of the image, from 0
  /// @throws IOException if the model or the images cannot be read
  /// @throws RequestException if there is no such image
  public static ForwardReport simulate(
      @Nullable Path model, DataSource source, int index, long seed) throws IOException {
    NoiseSchedule schedule =
        model == null ? NoiseSchedule.cosine(TIMESTEPS) : ModelSchedule.read(model);
    EachImage images = EachImage.of(source);
    if (index < 0 || index >= images.count()) {
      throw new RequestException(
          "index", "is " + index + ", expected 0 to " + (images.count() - 1));
    }
    return simulate(schedule, images.read(index), seed);
  }

  /// Simulates the chain.
  ///
  /// @param x0 the image, `[1, h, w, c]`, in [-1, 1]
  public static ForwardReport simulate(NoiseSchedule schedule, Tensor x0, long seed) {
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
        forward.distribution(x0.toDoubles(), timesteps).kl(DiagonalGaussian.standard(x0.size()));
    return new ForwardReport(moments, VariationalBound.bitsPerDimension(nats, x0.size()));
  }

  /// {@return a table with a line for each moment, and what it shows}
  public String text() {
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

                signal     sqrt(alphaBar_t), the factor of the image
                mean       of the pixels, which are in [-1, 1] at first; and their standard deviation
                distance   of the pixels' distribution from N(0, 1) after Kolmogorov and Smirnov: %d draws from N(0, 1)
                           itself stay below %.3f 19 times in 20

                At t = %d the pixels %s pure noise: %.3f is %s %.3f.
                L_T, what the end of the chain still tells of the image: %.3g bits/dim.
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

  /// The images in a row, and below each the histogram of its pixels with the density of N(0, 1).
  public Figure figure() {
    Tensor first = moments.getFirst().xt;
    Tensor images = Tensor.zeros(first.shape().with(0, moments.size()).dims());
    for (int i = 0; i < moments.size(); i++) {
      images.slice(i, 1).copyFrom(moments.get(i).xt);
    }
    List<String> captions =
        moments.stream()
            .map(
                moment ->
                    String.format(Locale.ROOT, "t = %d%nsignal %.2f", moment.t, moment.signal))
            .toList();
    return new CaptionedGrid(images, captions, List.of(Figure.words("image xₜ", "image x_t")))
        .withArrow(Figure.words("q(xₜ | xₜ₋₁) adds noise", "q(x_t | x_{t-1}) adds noise"))
        .withHistograms(
            new Histograms(
                "its pixels,\nand N(0, 1)",
                moments.stream().map(moment -> moment.xt.toDoubles()).toList(),
                StandardNormal::density));
  }
}
