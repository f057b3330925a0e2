package haze.diffusion.process;

import haze.tensor.Rng;
import haze.tensor.Tensor;

/// A normal distribution with independent elements, N(mean, diag(variance)): the only kind in the
/// chain, forwards and backwards.
///
/// An image is an array of all its elements here, in double: for measuring, not for training.
/// Arrays are not copied.
public final class DiagonalGaussian {
  private final double[] mean;
  private final double[] logVariance;

  /// The distribution with a mean and a variance for each element.
  ///
  /// @param logVariance natural logarithms of the variances
  /// @throws IllegalArgumentException if the lengths differ
  public DiagonalGaussian(double[] mean, double[] logVariance) {
    if (mean.length != logVariance.length) {
      throw new IllegalArgumentException(
          "normal distribution: "
              + mean.length
              + " means and "
              + logVariance.length
              + " variances");
    }
    this.mean = mean;
    this.logVariance = logVariance;
  }

  /// {@return N(0, I), the distribution that sampling starts from}
  public static DiagonalGaussian standard(int dimensions) {
    return new DiagonalGaussian(new double[dimensions], new double[dimensions]);
  }

  /// {@return the mean of each element, the array itself}
  public double[] mean() {
    return mean;
  }

  /// {@return the natural logarithm of the variance of each element, the array itself}
  public double[] logVariance() {
    return logVariance;
  }

  /// {@return the number of elements of the image}
  public int dimensions() {
    return mean.length;
  }

  /// {@return the Kullback-Leibler divergence from this distribution q to p, in nats, at least 0}
  ///
  /// ```
  /// KL(q || p) = E_q[ln q - ln p]
  ///            = sum over elements of ( ln(vp / vq) + vq / vp + (mq - mp)^2 / vp - 1 ) / 2
  /// ```
  ///
  /// It is the number of nats by which a code made for p is longer than need be if q is true.
  ///
  /// @throws IllegalArgumentException if the dimensions differ
  public double kl(DiagonalGaussian p) {
    requireDimensions("KL", p.dimensions());
    double sum = 0;
    for (int i = 0; i < mean.length; i++) {
      double logRatio = logVariance[i] - p.logVariance[i];
      double difference = mean[i] - p.mean[i];
      // e^r - 1 - r, without losing the small difference of two nearly equal variances.
      sum +=
          0.5
              * (StrictMath.expm1(logRatio)
                  - logRatio
                  + difference * difference * StrictMath.exp(-p.logVariance[i]));
    }
    return sum;
  }

  /// {@return the logarithm of the density at a point, in nats, summed over all elements}
  ///
  /// @throws IllegalArgumentException if the dimensions differ
  public double logDensity(double[] x) {
    requireDimensions("log density", x.length);
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      double difference = x[i] - mean[i];
      sum -=
          0.5
              * (StandardNormal.LOG_TWO_PI
                  + logVariance[i]
                  + difference * difference * StrictMath.exp(-logVariance[i]));
    }
    return sum;
  }

  /// {@return a draw: `mean + sqrt(variance) z`}
  public double[] sample(Rng rng) {
    Tensor z = rng.normal(Tensor.zeros(mean.length));
    double[] x = new double[mean.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = mean[i] + StrictMath.exp(0.5 * logVariance[i]) * z.get(i);
    }
    return x;
  }

  private void requireDimensions(String operation, int other) {
    if (other != mean.length) {
      throw new IllegalArgumentException(
          "normal distribution: "
              + operation
              + ": dimensions differ: "
              + mean.length
              + " and "
              + other);
    }
  }
}
