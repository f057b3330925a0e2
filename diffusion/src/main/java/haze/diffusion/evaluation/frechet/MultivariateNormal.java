package haze.diffusion.evaluation.frechet;

import haze.tensor.Tensor;

/// The multivariate normal distribution with the mean and the covariances of given points.
///
/// @param mean one number a dimension
/// @param covariance symmetric, one row a dimension
@SuppressWarnings(
    "ArrayRecordComponent") // Inside this package, where nobody changes or compares it.
record MultivariateNormal(double[] mean, double[][] covariance) {
  /// Fits a distribution: covariances are sums divided by n - 1, as NumPy's `cov` has them.
  ///
  /// @param points `[n, dimensions]`, at least 2
  /// @throws IllegalArgumentException if there are fewer points, or a coordinate is NaN or infinite
  static MultivariateNormal fit(Tensor points) {
    int n = points.dim(0);
    int d = points.dim(1);
    if (n < 2) {
      throw new IllegalArgumentException(
          "normal distribution: " + points.shape() + ", expected at least 2 points");
    }
    double[] mean = new double[d];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < d; j++) {
        mean[j] += element(points, i, j) / n;
      }
    }
    double[][] covariance = new double[d][d];
    double[] centred = new double[d];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < d; j++) {
        centred[j] = element(points, i, j) - mean[j];
      }
      for (int j = 0; j < d; j++) {
        for (int k = j; k < d; k++) {
          covariance[j][k] += centred[j] * centred[k] / (n - 1);
        }
      }
    }
    for (int j = 0; j < d; j++) {
      for (int k = 0; k < j; k++) {
        covariance[j][k] = covariance[k][j];
      }
    }
    return new MultivariateNormal(mean, covariance);
  }

  private static double element(Tensor points, int i, int j) {
    float element = points.data()[points.offset() + i * points.dim(1) + j];
    if (!Float.isFinite(element)) {
      throw new IllegalArgumentException(
          "normal distribution: point "
              + i
              + " of "
              + points.shape()
              + " has coordinate "
              + element);
    }
    return element;
  }
}
