package haze.diffusion.process;

import java.util.Arrays;

/// The standard normal distribution N(0, 1) of one variable: density, distribution function, and
/// the distance of numbers from it.
public final class StandardNormal {
  /// `ln(2 pi)`.
  public static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

  /// Up to here the series converges within some 50 terms and loses no more than four digits of the
  /// smaller tail; beyond, the continued fraction needs no more than its 120 levels.
  private static final double SERIES_LIMIT = 3;

  private static final int FRACTION_LEVELS = 120;

  /// The line and the cubic of the approximation by tanh.
  private static final double SLOPE = Math.sqrt(2 / Math.PI);

  private static final double CUBIC = 0.044715;

  private static final double ONE_IN_TWENTY = 0.05;

  private StandardNormal() {}

  /// {@return `Phi(x)`, the probability of a value up to x, with a relative error below 1e-11 in
  /// the lower tail too}
  ///
  /// `Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + ..)` near 0 and, for the tails, `Phi(-x) =
  /// phi(x) / (x + 1/(x + 2/(x + 3/(x + ..))))` (Abramowitz & Stegun 1964, 26.2.11 and 26.2.14).
  public static double cdf(double x) {
    double size = Math.abs(x);
    if (size < SERIES_LIMIT) {
      double term = x;
      double sum = x;
      for (int k = 3; Math.abs(term) > Math.ulp(sum); k += 2) {
        term *= x * x / k;
        sum += term;
      }
      return 0.5 + density(x) * sum;
    }
    double fraction = size;
    for (int k = FRACTION_LEVELS; k >= 1; k--) {
      fraction = size + k / fraction;
    }
    double tail = density(size) / fraction;
    return x < 0 ? tail : 1 - tail;
  }

  /// {@return the approximation `(1 + tanh( sqrt(2/pi) (x + 0.044715 x^3) )) / 2` of [#cdf] (Page
  /// 1977), within 2e-4}
  ///
  /// openai/improved-diffusion computes with it.
  public static double tanhCdf(double x) {
    // (1 + tanh y) / 2, which would lose the digits of the lower tail.
    return 1 / (1 + StrictMath.exp(-2 * SLOPE * (x + CUBIC * x * x * x)));
  }

  /// {@return the derivative of [#tanhCdf], `(1 - tanh^2(..)) / 2 sqrt(2/pi) (1 + 3 0.044715 x^2)`}
  public static double tanhDensity(double x) {
    double cosh = StrictMath.cosh(SLOPE * (x + CUBIC * x * x * x));
    return 0.5 * SLOPE * (1 + 3 * CUBIC * x * x) / (cosh * cosh);
  }

  /// {@return the density `phi(x) = exp(-x^2 / 2) / sqrt(2 pi)`}
  public static double density(double x) {
    return StrictMath.exp(-0.5 * (x * x + LOG_TWO_PI));
  }

  /// {@return the distance of the numbers' distribution from N(0, 1), in [0, 1]: the largest
  /// difference between the share of them up to x and `Phi(x)`, over all x}
  ///
  /// (Kolmogorov 1933, Smirnov 1948.)
  ///
  /// @param values the numbers, at least one
  public static double distance(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double below = cdf(sorted[i]);
      distance = Math.max(distance, Math.max(below - (double) i / n, (i + 1.0) / n - below));
    }
    return distance;
  }

  /// {@return the distance that n draws from N(0, 1) itself exceed once in 20 times}
  ///
  /// By its limit for many draws, `P(sqrt(n) D > c) = 2 e^(-2 c^2)`.
  public static double criticalDistance(int draws) {
    return Math.sqrt(StrictMath.log(2 / ONE_IN_TWENTY) / (2 * draws));
  }
}
