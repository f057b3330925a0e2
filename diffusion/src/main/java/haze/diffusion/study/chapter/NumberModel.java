package haze.diffusion.study.chapter;

import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.VariationalBound;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/// A diffusion model of a single number.
///
/// @param process makes steps of the network's outputs
/// @param network what stands for a network
record NumberModel(ReverseProcess process, Network network) {
  /// What stands for a network.
  @FunctionalInterface
  interface Network {
    /// {@return the predicted `x_0`, and where between the smallest and the largest the variance
    /// is, from -1 to 1}
    double[] output(int t, double xt);
  }

  NoiseSchedule schedule() {
    return process.schedule();
  }

  /// {@return `p(x_{t-1} | x_t)`}
  DiagonalGaussian step(int t, double xt) {
    return process.step(t, new double[] {xt}, network.output(t, xt));
  }

  /// {@return `L_{t-1}`, for t from 2}
  double transition(int t, double x0, double xt) {
    return new VariationalBound(process)
        .transition(t, new double[] {x0}, new double[] {xt}, network.output(t, xt));
  }

  /// {@return `p(x_0 | x_1)` at the ends of chains of the model, from noise; their mean is
  /// `p(x_0)`}
  Draws densities(double x0, int n, Supplier<Rng> rng) {
    double[] x = rng.get().normal(Tensor.zeros(n)).toDoubles();
    for (int t = schedule().timesteps(); t >= 2; t--) {
      double[] z = rng.get().normal(Tensor.zeros(n)).toDoubles();
      for (int i = 0; i < n; i++) {
        DiagonalGaussian step = step(t, x[i]);
        x[i] = step.mean()[0] + StrictMath.exp(0.5 * step.logVariance()[0]) * z[i];
      }
    }
    double[] end = {x0};
    return new Draws(
        DoubleStream.of(x).map(x1 -> StrictMath.exp(step(1, x1).logDensity(end))).toArray());
  }

  /// {@return the chain `x_T, .., x_0`, if the outputs are straight lines in `x_t`}
  NormalChain straight() {
    int last = schedule().timesteps();
    double[] constants = new double[last + 1];
    double[] factors = new double[last + 1];
    double[] variances = new double[last + 1];
    variances[0] = 1;
    for (int t = last; t >= 1; t--) {
      int k = last - t + 1;
      constants[k] = step(t, 0).mean()[0];
      factors[k] = step(t, 1).mean()[0] - constants[k];
      variances[k] = StrictMath.exp(step(t, 0).logVariance()[0]);
    }
    return new NormalChain(constants, factors, variances);
  }

  /// {@return `-ln p(x_0)`, if the outputs are straight lines}
  double truth(double x0) {
    return -straight().marginal(schedule().timesteps()).logDensity(new double[] {x0});
  }

  /// {@return the mean over `x_{t-1}` given `x_0` of `KL( q(x_t | x_{t-1}) || p(x_t | x_{t-1}) )`,
  /// in nats, if the outputs are straight lines}
  ///
  /// By Bayes' rule `p(x_t | x_{t-1})` follows from the model's distribution of `x_t` and its step
  /// back.
  double jensenCost(int t, double x0) {
    NormalChain chain = straight();
    int k = schedule().timesteps() - t + 1;
    GaussianMixture xt = GaussianMixture.of(chain.marginal(k - 1));
    double noise = Math.sqrt(chain.variances()[k]);
    return meanOver(
        t - 1,
        x0,
        x -> {
          double[] seen = {x - chain.constants()[k]};
          DiagonalGaussian turned = xt.posterior(seen, chain.factors()[k], noise).component(0);
          return new ForwardProcess(schedule()).transition(new double[] {x}, t).kl(turned);
        });
  }

  /// {@return the mean of `L_{t-1}` over `x_t` given `x_0`, in nats, if the outputs are straight
  /// lines; for t = 1 that of `-ln p(x_0 | x_1)`}
  double meanTerm(int t, double x0) {
    double[] end = {x0};
    return t == 1
        ? meanOver(1, x0, x1 -> -step(1, x1).logDensity(end))
        : meanOver(t, x0, xt -> transition(t, x0, xt));
  }

  /// The mean of a quadratic function of `x_t`, given `x_0`: that of its values at one standard
  /// deviation to the left and to the right; at t = 0 its value at `x_0`.
  private double meanOver(int t, double x0, DoubleUnaryOperator quadratic) {
    if (t == 0) {
      return quadratic.applyAsDouble(x0);
    }
    DiagonalGaussian xt = new ForwardProcess(schedule()).distribution(new double[] {x0}, t);
    double deviation = StrictMath.exp(0.5 * xt.logVariance()[0]);
    return 0.5 * quadratic.applyAsDouble(xt.mean()[0] - deviation)
        + 0.5 * quadratic.applyAsDouble(xt.mean()[0] + deviation);
  }
}
