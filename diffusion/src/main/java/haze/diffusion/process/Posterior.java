package haze.diffusion.process;

import haze.tensor.Tensor;
import java.util.Arrays;

/// The chain walked backwards when the picture is known: from `x_t` and `x_0` the distribution of
/// `x_{t-1}`, in closed form.
///
/// By Bayes' rule `q(x_{t-1} | x_t, x_0)` is proportional to `q(x_t | x_{t-1}) q(x_{t-1} | x_0)`;
/// both are normal in `x_{t-1}`, and so is their product:
///
/// ```
/// q(x_{t-1} | x_t, x_0) = N( mean, variance I )                                             eq. 6
///
/// mean     = beta_t sqrt(alphaBar_{t-1}) / (1 - alphaBar_t)              x_0
///          + sqrt(alpha_t) (1 - alphaBar_{t-1}) / (1 - alphaBar_t)       x_t                eq. 7
/// variance = beta_t (1 - alphaBar_{t-1}) / (1 - alphaBar_t)                                 eq. 7
/// ```
///
/// (Ho et al. 2020, who write mu~ and beta~). It is what the network's reverse step is trained to
/// match, and what sampling uses with the network's guess in the place of `x_0`.
public final class Posterior {
  private final NoiseSchedule schedule;

  /// The posterior of the chain that adds noise by a schedule.
  ///
  /// @param schedule how much noise each step adds
  public Posterior(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  /// The mean of `x_{t-1}`, eq. 7.
  ///
  /// @param x0 the pictures, or a guess at them, `[n, ...]`
  /// @param xt the noisy images, same shape
  /// @param t the timestep of `xt`, 1..T, for every image or one for all
  /// @return the mean, same shape; for t = 1 it is `x0`
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor mean(Tensor x0, Tensor xt, int... t) {
    return WeightedSum.of("posterior mean", t, this::x0Coefficient, x0, this::xtCoefficient, xt);
  }

  /// The distribution of `x_{t-1}` for one picture, in double: for measuring.
  ///
  /// @param x0 the picture, or a guess at it
  /// @param xt the noisy image, of as many elements
  /// @param t the timestep of `xt`, 1..T
  /// @return the normal distribution of eq. 6; of variance 0 for t = 1
  /// @throws IllegalArgumentException if the lengths differ or there is no such timestep
  public DiagonalGaussian distribution(double[] x0, double[] xt, int t) {
    if (x0.length != xt.length) {
      throw new IllegalArgumentException(
          "posterior: lengths differ: " + x0.length + " and " + xt.length);
    }
    double x0Weight = x0Coefficient(t);
    double xtWeight = xtCoefficient(t);
    double[] mean = new double[x0.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = x0Weight * x0[i] + xtWeight * xt[i];
    }
    double[] logVariance = new double[mean.length];
    Arrays.fill(logVariance, Math.log(variance(t)));
    return new DiagonalGaussian(mean, logVariance);
  }

  /// The factor before `x_0` in the mean.
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @return `beta_t sqrt(alphaBar_{t-1}) / (1 - alphaBar_t)`; 1 for t = 1
  /// @throws IllegalArgumentException if there is no such timestep
  public double x0Coefficient(int t) {
    return schedule.beta(t) * Math.sqrt(schedule.alphaBar(t - 1)) / (1 - schedule.alphaBar(t));
  }

  /// The factor before `x_t` in the mean.
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @return `sqrt(alpha_t) (1 - alphaBar_{t-1}) / (1 - alphaBar_t)`; 0 for t = 1
  /// @throws IllegalArgumentException if there is no such timestep
  public double xtCoefficient(int t) {
    return Math.sqrt(schedule.alpha(t)) * noiseRatio(t);
  }

  /// The variance of every element of `x_{t-1}`, eq. 7: below `beta_t`, because knowing where the
  /// chain started says something about where it was.
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @return `beta~_t`; 0 for t = 1, where `x_{t-1}` is the known picture itself
  /// @throws IllegalArgumentException if there is no such timestep
  public double variance(int t) {
    return schedule.beta(t) * noiseRatio(t);
  }

  /// `(1 - alphaBar_{t-1}) / (1 - alphaBar_t)`: how much less noise there is one step earlier.
  private double noiseRatio(int t) {
    return (1 - schedule.alphaBar(t - 1)) / (1 - schedule.alphaBar(t));
  }
}
