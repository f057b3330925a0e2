package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;

/// Many products of a vector with a window that moves: what a convolution to very few channels is.
/// [Tiles] has the output's channels side by side in a vector, which would stay nearly empty; here
/// they are terms of the sum.
///
/// ```
/// for i < m: C[c0 + i*cs] = sum over t < n2, k < n1: A[a0 + i*as0 + k + t*as2] * B[b0 + t*n1 + k]
/// ```
final class Dots {
  private Dots() {}

  /// The products, see the class comment.
  ///
  /// @param n1 a multiple of the vector length
  static void multiply(int m, int n2, int n1, float[] a, int a0, int as0, int as2, float[] b,
      int b0, float[] c, int c0, int cs) {
    int i = 0;
    for (; i + 4 <= m; i += 4) {
      four(n2, n1, a, a0 + i * as0, as0, as2, b, b0, c, c0 + i * cs, cs);
    }
    for (; i < m; i++) {
      one(n2, n1, a, a0 + i * as0, as2, b, b0, c, c0 + i * cs);
    }
  }

  /// Four at a time share what is loaded of B, and do not wait for one another.
  private static void four(int n2, int n1, float[] a, int a0, int as0, int as2, float[] b, int b0,
      float[] c, int c0, int cs) {
    FloatVector sum0 = zero(SPECIES);
    FloatVector sum1 = zero(SPECIES);
    FloatVector sum2 = zero(SPECIES);
    FloatVector sum3 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int row0 = a0 + t * as2;
      int row1 = row0 + as0;
      int row2 = row1 + as0;
      int row3 = row2 + as0;
      int kb = b0 + t * n1;
      for (int k = 0; k < n1; k += COUNT) {
        FloatVector bk = fromArray(SPECIES, b, kb + k);
        sum0 = bk.fma(fromArray(SPECIES, a, row0 + k), sum0);
        sum1 = bk.fma(fromArray(SPECIES, a, row1 + k), sum1);
        sum2 = bk.fma(fromArray(SPECIES, a, row2 + k), sum2);
        sum3 = bk.fma(fromArray(SPECIES, a, row3 + k), sum3);
      }
    }
    c[c0] = Lanes.sum(sum0);
    c[c0 + cs] = Lanes.sum(sum1);
    c[c0 + 2 * cs] = Lanes.sum(sum2);
    c[c0 + 3 * cs] = Lanes.sum(sum3);
  }

  private static void one(int n2, int n1, float[] a, int a0, int as2, float[] b, int b0, float[] c,
      int c0) {
    FloatVector sum = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      for (int k = 0; k < n1; k += COUNT) {
        sum = fromArray(SPECIES, b, b0 + t * n1 + k)
            .fma(fromArray(SPECIES, a, a0 + t * as2 + k), sum);
      }
    }
    c[c0] = Lanes.sum(sum);
  }
}
