package haze.diffusion.evaluation.frechet;

import haze.tensor.Tensor;

/// The Frechet distance of two sets of points, each taken for a normal distribution: the measure of
/// sample quality of Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to
/// a Local Nash Equilibrium", eq. 6, where the points are a network's features of generated and of
/// real images.
///
/// ```
/// d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))
/// ```
///
/// This is the squared 2-Wasserstein distance of N(m1, C1) and N(m2, C2). C1 C2 is not symmetric,
/// and its root is best not computed; but it has the eigenvalues of `C1^(1/2) C2 C1^(1/2)`, which
/// is, so that
///
/// ```
/// tr (C1 C2)^(1/2) = sum of the square roots of the eigenvalues of C1^(1/2) C2 C1^(1/2)
/// ```
///
/// A distance means something only beside others by the same network and with as many points: with
/// few points it is biased upwards, because their covariances are not known well.
public final class FrechetDistance {
  private FrechetDistance() {}

  /// {@return the squared distance of eq. 6, at least 0, to about 1e-7 of the points' variances}
  ///
  /// @param a `[n, dimensions]`
  /// @param b `[m, dimensions]`
  /// @throws IllegalArgumentException if dimensions differ, a set has fewer than 2 points, or a
  ///   coordinate is NaN or infinite
  public static double between(Tensor a, Tensor b) {
    if (a.shape().rank() != 2 || b.shape().rank() != 2 || a.dim(1) != b.dim(1)) {
      throw new IllegalArgumentException(
          "Frechet distance: points "
              + a.shape()
              + " and "
              + b.shape()
              + ", expected [n, dimensions] of as many dimensions");
    }
    return between(MultivariateNormal.fit(a), MultivariateNormal.fit(b));
  }

  /// The distance of two distributions.
  static double between(MultivariateNormal a, MultivariateNormal b) {
    double[][] root = root(a.covariance());
    double[][] product = multiply(multiply(root, b.covariance()), root);
    double sum = 0;
    for (double eigenvalueRoot : SymmetricEigen.of(product).roots()) {
      sum -= 2 * eigenvalueRoot;
    }
    for (int i = 0; i < a.mean().length; i++) {
      double difference = a.mean()[i] - b.mean()[i];
      sum += difference * difference + a.covariance()[i][i] + b.covariance()[i][i];
    }
    // Of equal distributions all cancels but the rounding.
    return Math.max(0, sum);
  }

  /// `C^(1/2) = V diag(sqrt(values)) V^T`, symmetric.
  private static double[][] root(double[][] covariance) {
    SymmetricEigen eigen = SymmetricEigen.of(covariance);
    double[] roots = eigen.roots();
    int n = roots.length;
    double[][] scaled = new double[n][n];
    double[][] transposed = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        scaled[i][j] = eigen.vectors()[i][j] * roots[j];
        transposed[j][i] = eigen.vectors()[i][j];
      }
    }
    return multiply(scaled, transposed);
  }

  private static double[][] multiply(double[][] a, double[][] b) {
    int n = a.length;
    double[][] c = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        for (int j = 0; j < n; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }
}
