package haze.diffusion.process;

import static haze.diffusion.process.WeightedSum.term;

import haze.tensor.Tensor;
import java.util.Arrays;

/// The step back given the image: the distribution of `x_{t-1}` when both `x_t` and `x_0` are
/// known.
///
/// By Bayes' rule it is proportional to `q(x_t | x_{t-1}) q(x_{t-1} | x_0)`; both are normal in
/// `x_{t-1}`, and so is their product:
///
/// ```
/// q(x_{t-1} | x_t, x_0) = N( mean, variance I )                                             eq. 6
///
/// mean     = beta_t sqrt(alphaBar_{t-1}) / (1 - alphaBar_t)              x_0
///          + sqrt(alpha_t) (1 - alphaBar_{t-1}) / (1 - alphaBar_t)       x_t                eq. 7
/// variance = beta_t (1 - alphaBar_{t-1}) / (1 - alphaBar_t)                                 eq. 7
/// ```
///
/// (Ho et al. 2020, who write mu~ and beta~). The model's step is trained to match it; sampling
/// uses it with the predicted `x_0`.
public final class Posterior {
  private final NoiseSchedule schedule;

  /// The posterior of the chain that adds noise by a schedule.
  public Posterior(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  /// {@return the mean of `x_{t-1}`, eq. 7; for t = 1 it is `x_0`}
  ///
  /// @param x0 the images, or predicted ones, `[n, ...]`
  /// @param xt the noisy images, same shape
  /// @param t the timestep of `xt`, 1..T, for every image or one for all
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  public Tensor mean(Tensor x0, Tensor xt, int... t) {
    return WeightedSum.of(
        "posterior mean", t, term(this::x0Coefficient, x0), term(this::xtCoefficient, xt));
  }

  /// {@return the distribution of `x_{t-1}` for one image, eq. 6, in double: for measuring; of
  /// variance 0 for t = 1}
  ///
  /// @param t the timestep of `xt`, 1..T
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
    Arrays.fill(logVariance, StrictMath.log(variance(t)));
    return new DiagonalGaussian(mean, logVariance);
  }

  /// {@return the factor of `x_0` in the mean, `beta_t sqrt(alphaBar_{t-1}) / (1 - alphaBar_t)`; 1
  /// for t = 1}
  ///
  /// @throws IllegalArgumentException if t is not in 1..T
  public double x0Coefficient(int t) {
    return schedule.beta(t) * Math.sqrt(schedule.alphaBar(t - 1)) / (1 - schedule.alphaBar(t));
  }

  /// {@return the factor of `x_t` in the mean, `sqrt(alpha_t) (1 - alphaBar_{t-1}) / (1 -
  /// alphaBar_t)`; 0 for t = 1}
  ///
  /// @throws IllegalArgumentException if t is not in 1..T
  public double xtCoefficient(int t) {
    return Math.sqrt(schedule.alpha(t)) * noiseRatio(t);
  }

  /// {@return `beta~_t`, the variance of every element of `x_{t-1}`, eq. 7; 0 for t = 1}
  ///
  /// It is below `beta_t`, because `x_0` tells something about `x_{t-1}`.
  ///
  /// @throws IllegalArgumentException if t is not in 1..T
  public double variance(int t) {
    return schedule.beta(t) * noiseRatio(t);
  }

  /// `(1 - alphaBar_{t-1}) / (1 - alphaBar_t)`: how much less noise there is one step earlier.
  private double noiseRatio(int t) {
    return (1 - schedule.alphaBar(t - 1)) / (1 - schedule.alphaBar(t));
  }
}
