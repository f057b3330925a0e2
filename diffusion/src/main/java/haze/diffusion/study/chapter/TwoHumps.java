package haze.diffusion.study.chapter;

import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.tensor.Rng;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Data of a single number that has two humps, and its chain under a noise schedule: everything
/// about it can be computed.
///
/// @param schedule how much noise each step adds
record TwoHumps(NoiseSchedule schedule) {
  /// The distribution of the data: mean 0, variance 1.
  static final GaussianMixture DATA =
      new GaussianMixture(
          new double[] {0.4, 0.6},
          new DiagonalGaussian(new double[] {-1.2}, new double[] {StrictMath.log(0.04)}),
          new DiagonalGaussian(new double[] {0.8}, new double[] {StrictMath.log(0.04)}));

  private static final DiagonalGaussian NOISE = DiagonalGaussian.standard(1);
  private static final double GRID = 0.015;
  private static final double NOTHING = 1e-20;

  /// {@return `q(x_t)`}
  GaussianMixture at(int t) {
    double alphaBar = schedule.alphaBar(t);
    return DATA.noised(Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
  }

  /// {@return `q(x_{t-1} | x_t)`, the exact step back}
  GaussianMixture back(int t, double xt) {
    return at(t - 1)
        .posterior(new double[] {xt}, Math.sqrt(schedule.alpha(t)), Math.sqrt(schedule.beta(t)));
  }

  /// {@return the mean over `x_t` of the divergence of the exact step back from the nearest normal
  /// distribution, in nats}
  double lossOfNormalStep(int t) {
    return Entropy.mean(at(t), xt -> Entropy.belowNormal(back(t, xt)));
  }

  /// {@return the mean of the bound over the data, in nats above the data's entropy, for a network
  /// that makes each step the nearest normal distribution}
  double gapOfBound() {
    int last = schedule.timesteps();
    double code = Entropy.mean(at(last), x -> -NOISE.logDensity(new double[] {x}));
    double steps = IntStream.rangeClosed(1, last).mapToDouble(this::lossOfNormalStep).sum();
    return code - Entropy.of(at(last)) + steps;
  }

  /// {@return the bound of a draw from the data, in nats, for the same network, by draws of every
  /// `x_t`}
  double bound(Supplier<Rng> rng) {
    double[] x0 = DATA.sample(rng.get());
    ForwardProcess forward = new ForwardProcess(schedule);
    double bound = forward.distribution(x0, schedule.timesteps()).kl(NOISE);
    for (int t = 1; t <= schedule.timesteps(); t++) {
      double[] xt = forward.distribution(x0, t).sample(rng.get());
      DiagonalGaussian step = back(t, xt[0]).nearestNormal();
      bound +=
          t == 1 ? -step.logDensity(x0) : new Posterior(schedule).distribution(x0, xt, t).kl(step);
    }
    return bound;
  }

  /// {@return the mean of `-ln p(x_0)` over the data, in nats above the data's entropy, for the
  /// same network}
  double gapOfCode() {
    double[] grid = grid();
    double[] p = generated((t, xt) -> back(t, xt).nearestNormal());
    double[] data = density(DATA, grid);
    double code = 0;
    for (int j = 0; j < grid.length; j++) {
      // Where there is no data, the model's density may be 0.
      code -= data[j] < NOTHING ? 0 : GRID * data[j] * Math.log(p[j]);
    }
    return code - Entropy.of(DATA);
  }

  /// A step of a model.
  @FunctionalInterface
  interface Step {
    /// {@return `p(x_{t-1} | x_t)`}
    DiagonalGaussian at(int t, double xt);
  }

  /// {@return the density of `x_0` at the points of [#grid], for a model that begins at N(0, 1):
  /// step by step on the grid, without draws}
  double[] generated(Step model) {
    double[] grid = grid();
    double[] p = density(GaussianMixture.of(NOISE), grid);
    for (int t = schedule.timesteps(); t >= 1; t--) {
      double[] next = new double[grid.length];
      for (int i = 0; i < grid.length; i++) {
        DiagonalGaussian step = model.at(t, grid[i]);
        double deviation = Math.exp(0.5 * step.logVariance()[0]);
        double height = GRID * p[i] / (deviation * Math.sqrt(2 * Math.PI));
        int reach = (int) (Entropy.RANGE * deviation / GRID) + 1;
        int middle = (int) Math.round(step.mean()[0] / GRID) + grid.length / 2;
        int end = Math.min(grid.length - 1, middle + reach);
        for (int j = Math.max(0, middle - reach); j <= end; j++) {
          double z = (grid[j] - step.mean()[0]) / deviation;
          next[j] += height * Math.exp(-0.5 * z * z);
        }
      }
      p = next;
    }
    return p;
  }

  /// {@return points from -6 to 6}
  static double[] grid() {
    return IntStream.rangeClosed(-400, 400).mapToDouble(i -> GRID * i).toArray();
  }

  /// {@return the density of a distribution at some points}
  static double[] density(GaussianMixture p, double[] points) {
    return DoubleStream.of(points).map(x -> Math.exp(p.logDensity(new double[] {x}))).toArray();
  }

  /// {@return the total variation distance of the density at the points of [#grid] from the data}
  static double distanceFromData(double[] p) {
    double[] data = density(DATA, grid());
    return 0.5
        * GRID
        * IntStream.range(0, p.length).mapToDouble(i -> Math.abs(p[i] - data[i])).sum();
  }

  /// {@return the probability of numbers above -0.2, between the humps; 0.6 for the data}
  static double rightHump(double[] p) {
    double[] grid = grid();
    return GRID
        * IntStream.range(0, p.length).filter(i -> grid[i] > -0.2).mapToDouble(i -> p[i]).sum();
  }
}
