package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.evaluation.bound.LikelihoodResult.Part;
import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.process.DiscretizedGaussian;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What images of 256 levels cost by the exact density of the [ProbabilityFlow].
///
/// A density is none of levels: an image is made continuous first. Either way the mean is a bound,
/// by Jensen's inequality, and no chain of noisy images is in it:
///
/// ```
/// NOISE     -ln P(x_0) <= E[ -ln p(x_1) + ln q(x_1 | x_0) ] + L_0,      x_1 ~ q(x_1 | x_0)
/// UNIFORM   -ln P(x_0) <= E[ -ln p(a (x_0 + u)) ] - D ln(2 a / 255),    u in +-1/255
/// ```
///
/// With NOISE an image gets the noise of the first timestep, which the network has learned to see,
/// and the chain's `L_0` says the level. UNIFORM is what papers on flows report; a network that has
/// learned the levels themselves gives little density to the values between them, and the figure is
/// then far above what the model knows.
///
/// Each image is measured several times, with its own noise and its own probe of the trace, so that
/// the standard error over images has all of the chance in it. The solver's error is what half as
/// many steps change.
final class FlowLikelihood {
  /// The letters "FLOW". Its step is the number of the measurement.
  private static final int NOISE_PURPOSE = 0x464C4F57;

  private static final int PROBE_PURPOSE = NOISE_PURPOSE + 1;

  private final VariationalBound bound;
  private final FlowOptions options;
  private final ProbabilityFlow.Network network;
  private final Workers workers;

  FlowLikelihood(
      VariationalBound bound,
      FlowOptions options,
      ProbabilityFlow.Network network,
      Workers workers) {
    this.bound = bound;
    this.options = options;
    this.network = network;
    this.workers = workers;
  }

  /// {@return how many times the network is evaluated for a batch}
  static int evaluations(FlowOptions options) {
    int slopes = 4 * (options.steps() + options.steps() / 2);
    int decoder = options.dequantization() == FlowOptions.Dequantization.NOISE ? 1 : 0;
    return Math.multiplyExact(options.probes(), slopes + decoder);
  }

  /// Measures images.
  ///
  /// @param numbers of those to measure, at least one; each number once
  /// @param batch how many the network is evaluated for at a time
  /// @param listener notified after each evaluation of the network
  /// @throws ArithmeticException if the network's output is NaN or infinite
  LikelihoodResult estimate(
      BoundEstimator.Images images,
      int[] numbers,
      int batch,
      Measurement measurement,
      ProgressListener listener) {
    RunningMean flow = new RunningMean();
    RunningMean decoder = new RunningMean();
    RunningMean total = new RunningMean();
    RunningMean coarse = new RunningMean();
    // Of the measurements of an image, the variance of their mean.
    RunningMean chance = new RunningMean();
    int dimensions =
        new ImageBatches(images, numbers, batch)
            .forEach(
                evaluations(options),
                listener,
                (x0, chosen, evaluated) -> {
                  RunningMean[] own = new RunningMean[chosen.length];
                  Cost[] sums = new Cost[chosen.length];
                  Arrays.setAll(own, _ -> new RunningMean());
                  Arrays.setAll(sums, _ -> new Cost(0, 0, 0));
                  for (int probe = 0; probe < options.probes(); probe++) {
                    Cost[] costs = measure(x0, chosen, measurement.seed(), probe, evaluated);
                    for (int i = 0; i < chosen.length; i++) {
                      own[i].add(costs[i].flow + costs[i].decoder);
                      sums[i] = sums[i].plus(costs[i]);
                    }
                  }
                  for (int i = 0; i < chosen.length; i++) {
                    flow.add(sums[i].flow / options.probes());
                    decoder.add(sums[i].decoder / options.probes());
                    total.add(own[i].mean());
                    coarse.add(sums[i].coarse / options.probes());
                    chance.add(own[i].standardError() * own[i].standardError());
                  }
                });
    double bit = VariationalBound.bitsPerDimension(1, dimensions);
    List<Part> parts = new ArrayList<>();
    if (options.dequantization() == FlowOptions.Dequantization.NOISE) {
      parts.add(new Part("flow", "flow, less the noise", flow.times(bit)));
      parts.add(new Part("decoder", "L_0", decoder.times(bit)));
    }
    parts.add(new Part(LikelihoodResult.TOTAL, LikelihoodResult.TOTAL, total.times(bit)));
    double halved = bit * (coarse.mean() - flow.mean());
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "%d steps of Runge and Kutta over log-SNR from %.2f to %.2f; half as many change it by"
                + " %+.5f bits/dim",
            options.steps(),
            schedule().first(),
            schedule().last(),
            halved));
    double ofChance = bit * Math.sqrt(chance.mean() / total.count());
    notes.add(
        Double.isNaN(ofChance)
            ? "each image once: --probes 2 or more shows the share of the error that is of noise"
                + " and probes"
            : String.format(
                Locale.ROOT,
                "each image %d times; of the standard error %.5f is of noise and probes",
                options.probes(),
                ofChance));
    return new LikelihoodResult(
        LikelihoodResult.Method.ODE,
        measurement,
        total.count(),
        dimensions,
        parts,
        Map.of(
            "steps",
            options.steps(),
            "probes",
            options.probes(),
            "dequantization",
            options.dequantization().toString(),
            "half_the_steps",
            halved),
        notes);
  }

  private ContinuousSchedule schedule() {
    return new ContinuousSchedule(bound.reverse().schedule());
  }

  /// What an image costs, in nats.
  ///
  /// @param flow the density, less that of the noise
  /// @param decoder `L_0`, or 0
  /// @param coarse as flow, with half as many steps
  private record Cost(double flow, double decoder, double coarse) {
    Cost plus(Cost other) {
      return new Cost(flow + other.flow, decoder + other.decoder, coarse + other.coarse);
    }
  }

  private Cost[] measure(Tensor x0, int[] images, long seed, int number, Runnable evaluated) {
    int count = images.length;
    double alphaBar = bound.reverse().schedule().alphaBar(1);
    NoiseLevel first = NoiseLevel.ofAlphaBar(alphaBar);
    Tensor xt = Tensor.zeros(x0.shape().dims());
    Tensor probes = Tensor.zeros(x0.shape().dims());
    double[][] start = new double[count][];
    double[] costs = new double[count];
    workers.run(
        count,
        (i, _) -> {
          Rng rng = new Rng(seed, NOISE_PURPOSE, number, images[i]);
          double[] image = x0.at(i).toDoubles();
          Tensor random = Tensor.zeros(image.length);
          start[i] = new double[image.length];
          switch (options.dequantization()) {
            case NOISE -> {
              rng.normal(random);
              for (int j = 0; j < image.length; j++) {
                double z = random.get(j);
                start[i][j] = first.signal() * image[j] + first.noise() * z;
                // ln q(x_1 | x_0).
                costs[i] -= (z * z + StandardNormal.LOG_TWO_PI) / 2 + StrictMath.log(first.noise());
              }
            }
            case UNIFORM -> {
              double width = 2.0 / (DiscretizedGaussian.LEVELS - 1);
              rng.uniform(random);
              for (int j = 0; j < image.length; j++) {
                // The noise of the first timestep is part of the model: x_1 = a (x_0 + u).
                start[i][j] = first.signal() * (image[j] + width * (random.get(j) - 0.5));
                costs[i] -= StrictMath.log(width * first.signal());
              }
            }
          }
          Tensor noisy = xt.at(i);
          Tensor probe = probes.at(i);
          new Rng(seed, PROBE_PURPOSE, number, images[i]).uniform(random);
          for (int j = 0; j < image.length; j++) {
            noisy.data()[noisy.offset() + j] = (float) start[i][j];
            probe.data()[probe.offset() + j] = random.get(j) < 0.5 ? -1 : 1;
          }
        });
    var flow = new ProbabilityFlow(schedule(), bound.reverse().prediction(), network, workers);
    double[] fine = flow.logDensities(start, probes, images, options.steps(), evaluated);
    double[] coarse = flow.logDensities(start, probes, images, options.steps() / 2, evaluated);
    double[] decoders = new double[count];
    if (options.dequantization() == FlowOptions.Dequantization.NOISE) {
      Tensor output = network.output(xt, new float[count], images);
      BoundEstimator.requireFinite(output, xt.shape(), images, _ -> " at t = 1");
      evaluated.run();
      workers.run(
          count,
          (i, _) ->
              decoders[i] =
                  bound.decoder(
                      x0.at(i).toDoubles(), xt.at(i).toDoubles(), output.at(i).toDoubles()));
    }
    Cost[] all = new Cost[count];
    Arrays.setAll(all, i -> new Cost(costs[i] - fine[i], decoders[i], costs[i] - coarse[i]));
    return all;
  }
}
