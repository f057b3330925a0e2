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
///
/// Lane q of [Lanes#WIDEST] sums the terms `p = q, q + 16, ...` of one t after the other. These are
/// one vector of 512 bits, a, or two of 256, a and b, or four of 128, a to d. The narrower ones
/// change places after each term: the next is always a. A longer loop body with a place for each
/// would have more bounds to check before the loop, which is short.
final class Dots {
  private Dots() {}

  /// The products, see the class comment.
  ///
  /// @param k a multiple of [Lanes#WIDEST]
  static void multiply(int m, int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow) {
    int i = 0;
    for (; COUNT == 16 && i + 4 <= m; i += 4) {
      four(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow);
    }
    for (; COUNT == 8 && i + 4 <= m; i += 4) {
      fourOfPairs(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow);
    }
    for (; i + 2 <= m; i += 2) {
      two(taps, k, a, a0 + i * aRow, aRow, aTap, b, b0, c, c0 + i * cRow, cRow);
    }
    if (i < m) {
      two(taps, k, a, a0 + i * aRow, 0, aTap, b, b0, c, c0 + i * cRow, 0);
    }
  }

  /// Four at a time, of vectors of 512 bits, share what is loaded of B, and do not wait for one
  /// another.
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

  /// The same for vectors of 256 bits.
  private static void fourOfPairs(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow) {
    FloatVector sum0a = zero(SPECIES);
    FloatVector sum0b = zero(SPECIES);
    FloatVector sum1a = zero(SPECIES);
    FloatVector sum1b = zero(SPECIES);
    FloatVector sum2a = zero(SPECIES);
    FloatVector sum2b = zero(SPECIES);
    FloatVector sum3a = zero(SPECIES);
    FloatVector sum3b = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int row2 = row1 + aRow;
      int row3 = row2 + aRow;
      int bAt = b0 + t * k;
      for (int p = 0; p < k; p += COUNT) {
        FloatVector bp = fromArray(SPECIES, b, bAt + p);
        FloatVector next0 = bp.fma(fromArray(SPECIES, a, row0 + p), sum0a);
        sum0a = sum0b;
        sum0b = next0;
        FloatVector next1 = bp.fma(fromArray(SPECIES, a, row1 + p), sum1a);
        sum1a = sum1b;
        sum1b = next1;
        FloatVector next2 = bp.fma(fromArray(SPECIES, a, row2 + p), sum2a);
        sum2a = sum2b;
        sum2b = next2;
        FloatVector next3 = bp.fma(fromArray(SPECIES, a, row3 + p), sum3a);
        sum3a = sum3b;
        sum3b = next3;
      }
    }
    c[c0] = Lanes.sum(sum0a.add(sum0b));
    c[c0 + cRow] = Lanes.sum(sum1a.add(sum1b));
    c[c0 + 2 * cRow] = Lanes.sum(sum2a.add(sum2b));
    c[c0 + 3 * cRow] = Lanes.sum(sum3a.add(sum3b));
  }

  /// Two at a time; with four, C2's graph of vectors of 128 bits would be too large.
  private static void two(int taps, int k, float[] a, int a0, int aRow, int aTap, float[] b,
      int b0, float[] c, int c0, int cRow) {
    FloatVector sum0a = zero(SPECIES);
    FloatVector sum0b = zero(SPECIES);
    FloatVector sum0c = zero(SPECIES);
    FloatVector sum0d = zero(SPECIES);
    FloatVector sum1a = zero(SPECIES);
    FloatVector sum1b = zero(SPECIES);
    FloatVector sum1c = zero(SPECIES);
    FloatVector sum1d = zero(SPECIES);
    for (int t = 0; t < taps; t++) {
      int row0 = a0 + t * aTap;
      int row1 = row0 + aRow;
      int bAt = b0 + t * k;
      for (int p = 0; p < k; p += COUNT) {
        FloatVector bp = fromArray(SPECIES, b, bAt + p);
        if (COUNT == 16) {
          sum0a = bp.fma(fromArray(SPECIES, a, row0 + p), sum0a);
          sum1a = bp.fma(fromArray(SPECIES, a, row1 + p), sum1a);
        } else if (COUNT == 8) {
          FloatVector next0 = bp.fma(fromArray(SPECIES, a, row0 + p), sum0a);
          sum0a = sum0b;
          sum0b = next0;
          FloatVector next1 = bp.fma(fromArray(SPECIES, a, row1 + p), sum1a);
          sum1a = sum1b;
          sum1b = next1;
        } else {
          FloatVector next0 = bp.fma(fromArray(SPECIES, a, row0 + p), sum0a);
          sum0a = sum0b;
          sum0b = sum0c;
          sum0c = sum0d;
          sum0d = next0;
          FloatVector next1 = bp.fma(fromArray(SPECIES, a, row1 + p), sum1a);
          sum1a = sum1b;
          sum1b = sum1c;
          sum1c = sum1d;
          sum1d = next1;
        }
      }
    }
    c[c0] = Lanes.sum(sum0a, sum0b, sum0c, sum0d);
    c[c0 + cRow] = Lanes.sum(sum1a, sum1b, sum1c, sum1d);
  }
}
