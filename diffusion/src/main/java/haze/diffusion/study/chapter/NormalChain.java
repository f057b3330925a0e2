package haze.diffusion.study.chapter;

import haze.diffusion.process.DiagonalGaussian;

/// A chain of numbers that are normal together: each is a constant, plus a factor times the one
/// before, plus normal noise.
///
/// @param constants the constant of each member; the first has nothing before it
/// @param factors the factor of the member before
/// @param variances the variance of the noise
@SuppressWarnings("ArrayRecordComponent") // Nobody compares two.
record NormalChain(double[] constants, double[] factors, double[] variances) {
  /// {@return the distribution of a member by itself}
  ///
  /// @param k from 0
  DiagonalGaussian marginal(int k) {
    double mean = constants[0];
    double variance = variances[0];
    for (int i = 1; i <= k; i++) {
      mean = constants[i] + factors[i] * mean;
      variance = factors[i] * factors[i] * variance + variances[i];
    }
    return new DiagonalGaussian(new double[] {mean}, new double[] {StrictMath.log(variance)});
  }

  /// {@return the logarithm of the density of all members as one vector, by the matrix of their
  /// covariances and Cholesky's decomposition: it does not use that they are a chain}
  double logDensity(double[] x) {
    int n = x.length;
    double[][] lower = cholesky(n);
    double[] z = new double[n];
    double log = 0;
    for (int j = 0; j < n; j++) {
      z[j] = x[j] - marginal(j).mean()[0];
      for (int k = 0; k < j; k++) {
        z[j] -= lower[j][k] * z[k];
      }
      z[j] /= lower[j][j];
      log -= 0.5 * z[j] * z[j] + StrictMath.log(lower[j][j]) + 0.5 * StrictMath.log(2 * Math.PI);
    }
    return log;
  }

  /// The triangular matrix L with the covariances `L L^T`.
  private double[][] cholesky(int n) {
    double[][] lower = new double[n][n];
    for (int j = 0; j < n; j++) {
      for (int i = 0; i <= j; i++) {
        double rest = covariance(i, j);
        for (int k = 0; k < i; k++) {
          rest -= lower[i][k] * lower[j][k];
        }
        lower[j][i] = i == j ? Math.sqrt(rest) : rest / lower[i][i];
      }
    }
    return lower;
  }

  /// For i up to j: the variance of member i times the factors between.
  private double covariance(int i, int j) {
    double covariance = StrictMath.exp(marginal(i).logVariance()[0]);
    for (int k = i + 1; k <= j; k++) {
      covariance *= factors[k];
    }
    return covariance;
  }
}
