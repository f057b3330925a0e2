package haze.diffusion.sampler.schedule;

import haze.diffusion.process.Sigmas;

/// Which noise levels a sampler visits that solves the differential equation of the process: those
/// of evenly spaced timesteps, or levels chosen for themselves.
public enum SigmaSpacing {
  /// The levels of the timesteps of a [TimestepSpacing].
  TIMESTEPS,
  /// Even steps in `sigma^(1/7)`, [Sigmas#karras] (`"use_karras_sigmas"` in diffusers).
  KARRAS,
  /// Even steps in `ln sigma` (`"use_exponential_sigmas"`).
  EXPONENTIAL,
  /// Even steps in `lambda = ln(signal / noise)` (Lu et al. 2022, DPM-Solver, section 3.3;
  /// `"use_lu_lambdas"`): the same levels as [#EXPONENTIAL], but timesteps are rounded, not cut.
  LU,
  /// Quantiles of the Beta(0.6, 0.6) distribution, which are dense at both ends (Lee et al. 2024,
  /// "Beta Sampling is All You Need", section 4; `"use_beta_sigmas"`).
  BETA;

  /// The levels between two.
  ///
  /// @param steps how many
  /// @param min the lowest, positive
  /// @param max the highest, above `min`
  /// @return falling from `max` to `min`
  double[] sigmas(int steps, double min, double max) {
    if (this == KARRAS) {
      return Sigmas.karras(steps, min, max);
    }
    if (this == TIMESTEPS) {
      throw new IllegalArgumentException("sigma spacing: TIMESTEPS does not choose noise levels");
    }
    if (this == BETA) {
      return BetaQuantiles.sigmas(steps, min, max);
    }
    double[] sigmas = new double[steps];
    for (int i = 0; i < steps; i++) {
      double share = steps == 1 ? 0 : i / (steps - 1.0);
      sigmas[i] =
          StrictMath.exp(StrictMath.log(max) + share * (StrictMath.log(min) - StrictMath.log(max)));
    }
    return sigmas;
  }
}
