package haze.diffusion.sampler.schedule;

/// Quantiles of the distribution Beta(0.6, 0.6), see [SigmaSpacing#BETA].
final class BetaQuantiles {
  private static final double SHAPE = 0.6;

  /// Intervals of Simpson's rule; the integrand is smooth after the substitution.
  private static final int INTERVALS = 512;

  /// Halvings of an interval of length 1: to the precision of double.
  private static final int HALVINGS = 60;

  private BetaQuantiles() {}

  /// `min + q (max - min)`, where q are the quantiles at even steps from 1 to 0.
  static double[] sigmas(int steps, double min, double max) {
    double[] sigmas = new double[steps];
    double all = mass(1);
    for (int i = 0; i < steps; i++) {
      // As NumPy's linspace, which begins at 0.
      double p = steps == 1 ? 1 : 1 - i / (steps - 1.0);
      sigmas[i] = min + (max - min) * quantile(p * all);
    }
    return sigmas;
  }

  /// The x with a given mass below it.
  private static double quantile(double mass) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (mass(middle) < mass) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /// The integral of `x^(a-1) (1-x)^(a-1)` from 0. With `x = sin^2 phi` it is that of `2 (sin phi
  /// cos phi)^(2a-1)`; with `phi = w^k` the power of phi at 0 becomes smooth as well.
  private static double mass(double x) {
    if (x > 0.5) {
      return 2 * mass(0.5) - mass(1 - x);
    }
    // phi^(2a-1) d phi = k w^(2ak-1) dw, a power of 5 for 2a = 1.2 and k = 5.
    double end = StrictMath.pow(StrictMath.asin(Math.sqrt(x)), 1 / 5.0);
    double sum = 0;
    for (int i = 0; i <= INTERVALS; i++) {
      double w = end * i / INTERVALS;
      double phi = StrictMath.pow(w, 5);
      double value =
          w == 0
              ? 0
              : 2
                  * StrictMath.pow(StrictMath.sin(phi) * StrictMath.cos(phi), 2 * SHAPE - 1)
                  * 5
                  * StrictMath.pow(w, 4);
      sum += value * (i == 0 || i == INTERVALS ? 1 : i % 2 == 0 ? 2 : 4);
    }
    return sum * end / (3 * INTERVALS);
  }
}
