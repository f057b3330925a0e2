package haze.diffusion.evaluation.frechet;

/// The eigendecomposition of a symmetric matrix, `A = V diag(values) V^T` with orthogonal V.
///
/// Jacobi's method, cyclic by row (Golub and Van Loan 2013, "Matrix Computations", algorithms 8.5.1
/// and 8.5.3): each rotation makes one pair of elements off the diagonal zero, and after some
/// sweeps over all pairs, ten for 64 rows, only the diagonal is left. Slower than other methods for
/// large matrices; simple and exact to rounding.
///
/// @param values the eigenvalues, in no order
/// @param vectors V: column j belongs to eigenvalue j
@SuppressWarnings(
    "ArrayRecordComponent") // Inside this package, where nobody changes or compares it.
record SymmetricEigen(double[] values, double[][] vectors) {
  /// It converges quadratically; no matrix needs as many.
  private static final int MAX_SWEEPS = 100;

  private static final double UNIT_ROUNDOFF = 0x1p-53;

  /// {@return the eigenvalues and eigenvectors of a matrix}
  ///
  /// @param matrix symmetric with finite elements; only the upper half counts, and nothing is
  ///   changed
  static SymmetricEigen of(double[][] matrix) {
    int n = matrix.length;
    double[][] a = new double[n][n];
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
      for (int j = 0; j < n; j++) {
        a[i][j] = matrix[Math.min(i, j)][Math.max(i, j)];
      }
    }
    double tolerance = UNIT_ROUNDOFF * norm(a, true);
    for (int sweep = 0; sweep < MAX_SWEEPS && norm(a, false) > tolerance; sweep++) {
      for (int p = 0; p < n - 1; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = a[i][i];
    }
    return new SymmetricEigen(values, v);
  }

  /// `A = J^T A J`, `V = V J`, where J rotates axes p and q such that `a[p][q]` becomes 0.
  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    // The smaller of the two angles: tan(2 angle) = 1 / tau.
    double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, tau) / (Math.abs(tau) + Math.hypot(1, tau));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    for (int i = 0; i < a.length; i++) {
      rotate(a[i], p, q, c, s);
      rotate(v[i], p, q, c, s);
    }
    for (int j = 0; j < a.length; j++) {
      double above = a[p][j];
      double below = a[q][j];
      a[p][j] = c * above - s * below;
      a[q][j] = s * above + c * below;
    }
    a[p][q] = 0;
    a[q][p] = 0;
  }

  private static void rotate(double[] row, int p, int q, double c, double s) {
    double left = row[p];
    double right = row[q];
    row[p] = c * left - s * right;
    row[q] = s * left + c * right;
  }

  /// The root of the sum of squares, with or without the diagonal.
  private static double norm(double[][] a, boolean diagonal) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        sum += i == j && !diagonal ? 0 : a[i][j] * a[i][j];
      }
    }
    return Math.sqrt(sum);
  }

  /// {@return the square roots of the eigenvalues of a positive semidefinite matrix, in the same
  /// order; 0 for what is no larger than the rounding of an eigenvalue 0, whose root would be
  /// large}
  double[] roots() {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    double zero = values.length * 2 * UNIT_ROUNDOFF * largest;
    double[] roots = new double[values.length];
    for (int i = 0; i < roots.length; i++) {
      roots[i] = values[i] > zero ? Math.sqrt(values[i]) : 0;
    }
    return roots;
  }
}
