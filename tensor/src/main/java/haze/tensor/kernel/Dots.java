package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;

/// Many products of a vector with a window that moves: a convolution to very few channels. In
/// [Tiles] the output's channels lie in the lanes of a vector, which would stay nearly empty; here
/// the lanes are terms of the sum.
///
/// ```
/// for i < m:
///   C[c0 + i*cRow] = sum over t < taps, p < k: A[a0 + i*aRow + t*aTap + p] * B[b0 + t*k + p]
/// ```
final class Dots {
  private Dots() {}

  /// The products, see the class comment.
  ///
  /// @param k a multiple of the vector length
  static void multiply(int m, int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow) {
    int i = 0;
    for (; i + 4 <= m; i += 4) {
      four(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow);
    }
    for (; i < m; i++) {
      one(taps, k, a, a0 + i * aRow, aTap, b, b0, c, c0 + i * cRow);
    }
  }

  /// Four at a time share what is loaded of B, and do not wait for one another.
  private static void four(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow) {
    FloatVector sum0 = zero(SPECIES);
    FloatVector sum1 = zero(SPECIES);
    FloatVector sum2 = zero(SPECIES);
    FloatVector sum3 = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int bAt = b0 + t * k;
      for (int p = 0; p < k; p += COUNT) {
        FloatVector bp = fromArray(SPECIES, b, bAt + p);
        sum0 = bp.fma(fromArray(SPECIES, a, row0 + p), sum0);
        sum1 = bp.fma(fromArray(SPECIES, a, row1 + p), sum1);
        sum2 = bp.fma(fromArray(SPECIES, a, row2 + p), sum2);
        sum3 = bp.fma(fromArray(SPECIES, a, row3 + p), sum3);
      }
    }
    c[c0] = Lanes.sum(sum0);
    c[c0 + cRow] = Lanes.sum(sum1);
    c[c0 + 2 * cRow] = Lanes.sum(sum2);
    c[c0 + 3 * cRow] = Lanes.sum(sum3);
  }

  private static void one(int taps, int k, float[] a, int a0, int aTap, float[] b, int b0,
      float[] c, int c0) {
    FloatVector sum = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      for (int p = 0; p < k; p += COUNT) {
        sum = fromArray(SPECIES, b, b0 + t * k + p)
            .fma(fromArray(SPECIES, a, a0 + t * aTap + p), sum);
      }
    }
    c[c0] = Lanes.sum(sum);
  }
}
