package haze.diffusion.process;

/// The probability of an image of 256 levels under a normal distribution: the density of each
/// element is integrated over the interval of its level (Ho et al. 2020, eq. 13; Salimans et al.
/// 2017, PixelCNN++).
///
/// ```
/// P(x) = Phi( (x + 1/255 - mean) / sigma ) - Phi( (x - 1/255 - mean) / sigma )
/// ```
///
/// Levels are 2/255 apart in [-1, 1], so the intervals touch; those of black and white reach to
/// infinity, and the probabilities of all levels add up to 1. So bits per dimension of a density
/// model can be compared with those of a file format.
public enum DiscretizedGaussian {
  /// With the normal distribution function itself.
  EXACT {
    @Override
    double cdf(double x) {
      return StandardNormal.cdf(x);
    }

    @Override
    double density(double x) {
      return StandardNormal.density(x);
    }
  },

  /// With its approximation [StandardNormal#tanhCdf], as openai/improved-diffusion measures: the
  /// default, so that figures are comparable with published ones.
  TANH {
    @Override
    double cdf(double x) {
      return StandardNormal.tanhCdf(x);
    }

    @Override
    double density(double x) {
      return StandardNormal.tanhDensity(x);
    }
  };

  /// The number of levels of an element.
  public static final int LEVELS = 256;

  /// Half the distance of two levels.
  private static final double HALF_BIN = 1.0 / (LEVELS - 1);

  /// improved-diffusion's: beyond these a value is black or white, whatever its rounding.
  private static final double EDGE = 0.999;

  /// improved-diffusion's: no element is less likely than this, 27.6 nats.
  private static final double LEAST_PROBABILITY = 1e-12;

  /// The distribution function of N(0, 1).
  abstract double cdf(double x);

  /// Its derivative.
  abstract double density(double x);

  /// {@return the log-probability of an image, in nats, at most 0, summed over all elements}
  ///
  /// @param distribution the distribution of its elements
  /// @param x the image: levels `2 k / 255 - 1`, k = 0..255
  /// @throws IllegalArgumentException if the dimensions differ
  public double logProbability(DiagonalGaussian distribution, double[] x) {
    if (x.length != distribution.dimensions()) {
      throw new IllegalArgumentException(
          "grey levels: a distribution of "
              + distribution.dimensions()
              + " elements for a picture of "
              + x.length);
    }
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += logProbability(distribution.mean()[i], 0.5 * distribution.logVariance()[i], x[i]);
    }
    return sum;
  }

  /// {@return the log-probability of one element, in nats, from about -27.6 to 0}
  ///
  /// @param logScale the logarithm of its standard deviation
  /// @param x its level, in [-1, 1]
  public double logProbability(double mean, double logScale, double x) {
    return StrictMath.log(Math.max(probability(mean, logScale, x), LEAST_PROBABILITY));
  }

  private double probability(double mean, double logScale, double x) {
    double upper = StrictMath.exp(-logScale) * (x - mean + HALF_BIN);
    double lower = StrictMath.exp(-logScale) * (x - mean - HALF_BIN);
    if (x < -EDGE) {
      return cdf(upper);
    }
    if (x > EDGE) {
      return cdf(-lower);
    }
    // For the upper half by symmetry, where neither term is close to 1 and the difference keeps its
    // digits.
    return lower > 0 ? cdf(-lower) - cdf(-upper) : cdf(upper) - cdf(lower);
  }

  /// {@return the derivatives of the log-probability of one element; 0 where it is held at its
  /// least}
  ///
  /// ```
  /// d ln P / d mean     = -(phi(upper) - phi(lower)) / (sigma P)
  /// d ln P / d logScale = -(upper phi(upper) - lower phi(lower)) / P
  /// ```
  ///
  /// @param logScale the logarithm of its standard deviation
  /// @param x its level, in [-1, 1]
  public Slope slope(double mean, double logScale, double x) {
    double precision = StrictMath.exp(-logScale);
    double upper = precision * (x - mean + HALF_BIN);
    double lower = precision * (x - mean - HALF_BIN);
    double probability = probability(mean, logScale, x);
    if (probability < LEAST_PROBABILITY) {
      return new Slope(0, 0);
    }
    double atUpper = x > EDGE ? 0 : density(upper) / probability;
    double atLower = x < -EDGE ? 0 : density(lower) / probability;
    return new Slope(-precision * (atUpper - atLower), -(upper * atUpper - lower * atLower));
  }

  /// The derivatives of a log-probability.
  ///
  /// @param mean by the mean
  /// @param logScale by the logarithm of the standard deviation
  public record Slope(double mean, double logScale) {}
}
