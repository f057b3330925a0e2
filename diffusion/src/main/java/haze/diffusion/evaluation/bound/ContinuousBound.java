package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.evaluation.bound.LikelihoodResult.Part;
import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.List;
import java.util.Map;

/// Estimates the bound of a chain of infinitely many steps (Kingma et al. 2021, "Variational
/// Diffusion Models", section 5): what a network is worth, free of the schedule's steps and of the
/// variance of a step, which in the limit is the posterior's.
///
/// ```
/// -ln p(x_0) <= L_T + L_0 + 1/2 integral of E |epsilon - epsilon_theta(x, t)|^2 d(ln SNR)
/// ```
///
/// over the log-SNR between the first and the last timestep, [ContinuousSchedule]; `L_T` and `L_0`
/// are those of the chain. The integral of each image is estimated at one random log-SNR in each of
/// several even parts, with its own noise: right on average, whatever their number, and the
/// standard error over images has all of the chance in it.
///
/// The predicted `x_0` is clipped if the reverse process clips. An image's numbers depend on the
/// model, the seed and the image alone.
public final class ContinuousBound {
  /// The letters "CONT". Step 0 is the noise of `L_0`, step k that of part k.
  private static final int PURPOSE = 0x434F4E54;

  private final VariationalBound bound;
  private final ContinuousSchedule schedule;
  private final int parts;
  private final BoundEstimator.Network network;
  private final Workers workers;

  /// An estimator.
  ///
  /// @param parts at how many log-SNRs an image is measured, beside the first
  /// @param network gets fractions of timesteps too; called by one thread at a time
  /// @param workers the threads for everything else; they may be the network's, and the caller
  ///   closes them
  /// @throws IllegalArgumentException if there are no parts, or the schedule has no such limit, see
  ///   [ContinuousSchedule]
  public ContinuousBound(
      VariationalBound bound, int parts, BoundEstimator.Network network, Workers workers) {
    if (parts < 1) {
      throw new IllegalArgumentException("continuous bound: " + parts + " parts");
    }
    this.bound = bound;
    this.parts = parts;
    this.network = network;
    this.workers = workers;
    schedule = new ContinuousSchedule(bound.reverse().schedule());
  }

  /// {@return how many times the network is evaluated for a batch}
  static int evaluations(int parts) {
    return Math.addExact(parts, 1);
  }

  /// Measures images.
  ///
  /// @param numbers of those to measure, at least one; each number once
  /// @param batch how many the network is evaluated for at a time; the result does not depend on it
  /// @param listener notified after each evaluation of the network
  /// @throws ArithmeticException if the network's output is NaN or infinite
  public LikelihoodResult estimate(
      BoundEstimator.Images images,
      int[] numbers,
      int batch,
      Measurement measurement,
      ProgressListener listener) {
    RunningMean prior = new RunningMean();
    RunningMean integral = new RunningMean();
    RunningMean decoder = new RunningMean();
    RunningMean total = new RunningMean();
    int dimensions =
        new ImageBatches(images, numbers, batch)
            .forEach(
                evaluations(parts),
                listener,
                (x0, chosen, evaluated) -> {
                  double[] integrals = new double[chosen.length];
                  double[] decoders = new double[chosen.length];
                  for (int part = 0; part <= parts; part++) {
                    measure(x0, chosen, measurement.seed(), part, part == 0 ? decoders : integrals);
                    evaluated.run();
                  }
                  for (int i = 0; i < chosen.length; i++) {
                    double end = bound.prior(x0.at(i).toDoubles());
                    prior.add(end);
                    integral.add(integrals[i]);
                    decoder.add(decoders[i]);
                    total.add(end + integrals[i] + decoders[i]);
                  }
                });
    double bit = VariationalBound.bitsPerDimension(1, dimensions);
    return new LikelihoodResult(
        LikelihoodResult.Method.CONTINUOUS,
        measurement,
        total.count(),
        dimensions,
        List.of(
            new Part("prior", "L_T", prior.times(bit)),
            new Part("integral", "integral over log-SNR", integral.times(bit)),
            new Part("decoder", "L_0", decoder.times(bit)),
            new Part(LikelihoodResult.TOTAL, "total", total.times(bit))),
        Map.of("parts", parts),
        List.of(
            "log-SNR from %.2f to %.2f, each image at %d of it and at t = 1"
                .formatted(schedule.first(), schedule.last(), parts)));
  }

  /// Adds what every image costs in a part, in nats; in part 0 it is `L_0`.
  private void measure(Tensor x0, int[] images, long seed, int part, double[] nats) {
    double width = (schedule.first() - schedule.last()) / parts;
    double[] logSnr = new double[images.length];
    float[] timesteps = new float[images.length];
    Tensor xt = Tensor.zeros(x0.shape().dims());
    workers.run(
        images.length,
        (i, _) -> {
          Rng rng = new Rng(seed, PURPOSE, part, images[i]);
          Tensor image = x0.slice(i, 1);
          Tensor epsilon = rng.normal(Tensor.zeros(image.shape().dims()));
          // Another stream for where in the part: no number is used twice.
          double share = new Rng(seed, PURPOSE + 1, part, images[i]).fraction();
          logSnr[i] = part == 0 ? schedule.first() : schedule.first() - width * (part - 1 + share);
          timesteps[i] = (float) (schedule.time(logSnr[i]) - 1);
          double alphaBar = ContinuousSchedule.alphaBar(logSnr[i]);
          xt.slice(i, 1).copyFrom(NoiseLevel.ofAlphaBar(alphaBar).mix(image, epsilon));
        });
    Tensor output = network.predict(xt, timesteps, images);
    BoundEstimator.requireFinite(output, xt.shape(), images, i -> " at t = " + (timesteps[i] + 1));
    workers.run(
        images.length,
        (i, _) -> {
          double[] image = x0.at(i).toDoubles();
          double[] noisy = xt.at(i).toDoubles();
          double[] predicted = output.at(i).toDoubles();
          nats[i] +=
              part == 0
                  ? bound.decoder(image, noisy, predicted)
                  : width / 2 * epsilonError(logSnr[i], image, noisy, predicted);
        });
  }

  /// {@return `|epsilon - epsilon_theta|^2`, which is the SNR times that of `x_0`}
  private double epsilonError(double logSnr, double[] x0, double[] xt, double[] output) {
    ReverseProcess reverse = bound.reverse();
    double[] predicted = reverse.x0At(ContinuousSchedule.alphaBar(logSnr), xt, output);
    double squares = 0;
    for (int j = 0; j < x0.length; j++) {
      squares += (predicted[j] - x0[j]) * (predicted[j] - x0[j]);
    }
    return StrictMath.exp(logSnr) * squares;
  }
}
