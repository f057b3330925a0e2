package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;

/// The one loop that matrix products, convolutions and Winograd products all run in: a small tile of C stays
/// in registers while the sum runs.
///
/// ```
/// for i, j, t < n2, k < n1:
///   C[c0 + i*cs + j] (+)= A[a0 + i*as0 + k*as1 + t*as2] * B[b0 + k*bs1 + t*bs2 + j]
/// ```
///
/// The sum has two levels, so that the taps of a convolution are read in place: `k` along a row of the
/// image, `t` from row to row. A's strides are free, so a transposed A costs nothing; B's and C's columns are
/// contiguous.
///
/// The tile is 8 rows by 2 vectors where there are 32 vector registers (16 accumulators, 2 of B, 1 of A) and
/// 4 by 2 where there are 16. Accumulators are named locals, since a vector in an array or a field is boxed;
/// `k` is not unrolled, since C2 then spills.
final class Tiles {
  /// Columns of a panel of B: two vectors.
  static final int PANEL = 2 * COUNT;

  /// Rows of the largest tile: AVX-512 has 32 vector registers, narrower x86 machines 16.
  private static final int ROWS = COUNT >= 16 ? 8 : 4;

  private Tiles() {}

  /// `C[m x n] (+)= A * B`, see the class comment. A panel of B, [#PANEL] columns, starts `bPanel` after the
  /// one before it: [#PANEL] where B is a plain matrix, more where it is packed.
  ///
  /// @param n a multiple of the vector length
  static void multiply(int m, int n, int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0,
      int bPanel, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    int panel = b0;
    int j = 0;
    for (; j + PANEL <= n; j += PANEL) {
      int i = 0;
      if (ROWS == 8) {
        for (; i + 8 <= m; i += 8) {
          tile8x2(n2, n1, a, a0 + i * as0, as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j,
              cs, accumulate);
        }
      }
      for (; i + 4 <= m; i += 4) {
        tile4x2(n2, n1, a, a0 + i * as0, as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j, cs,
            accumulate);
      }
      if (m > 4 && m - i > 1 && !accumulate) {
        // Two or three rows are left: some are computed twice, which is cheaper than one by one.
        i = m - 4;
        tile4x2(n2, n1, a, a0 + i * as0, as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j, cs,
            false);
        i = m;
      }
      for (; i < m; i++) {
        tile1x2(n2, n1, a, a0 + i * as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j,
            accumulate);
      }
      panel += bPanel;
    }
    if (j < n) {
      int i = 0;
      for (; i + 8 <= m; i += 8) {
        tile8x1(n2, n1, a, a0 + i * as0, as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j, cs,
            accumulate);
      }
      for (; i < m; i++) {
        tile1x1(n2, n1, a, a0 + i * as0, as1, as2, b, panel, bs1, bs2, c, c0 + i * cs + j,
            accumulate);
      }
    }
  }

  /// `n` rounded up to whole vectors.
  static int padded(int n) {
    return (n + COUNT - 1) / COUNT * COUNT;
  }

  /// `n` rounded up to whole panels.
  static int paddedToPanels(int n) {
    return (n + PANEL - 1) / PANEL * PANEL;
  }

  private static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(SPECIES, array, index);
  }

  private static FloatVector broadcast(float[] array, int index) {
    return FloatVector.broadcast(SPECIES, array[index]);
  }

  /// The accumulators start at zero and C is added here: a vector that is either zero or loaded, chosen
  /// before the loop, ends up boxed in some compilations.
  private static void store(FloatVector sum, float[] c, int at, boolean accumulate) {
    if (accumulate) {
      sum.add(load(c, at)).intoArray(c, at);
    } else {
      sum.intoArray(c, at);
    }
  }

  private static void tile8x2(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = FloatVector.zero(SPECIES);
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c11 = FloatVector.zero(SPECIES);
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c21 = FloatVector.zero(SPECIES);
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c31 = FloatVector.zero(SPECIES);
    FloatVector c40 = FloatVector.zero(SPECIES);
    FloatVector c41 = FloatVector.zero(SPECIES);
    FloatVector c50 = FloatVector.zero(SPECIES);
    FloatVector c51 = FloatVector.zero(SPECIES);
    FloatVector c60 = FloatVector.zero(SPECIES);
    FloatVector c61 = FloatVector.zero(SPECIES);
    FloatVector c70 = FloatVector.zero(SPECIES);
    FloatVector c71 = FloatVector.zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = load(b, kb);
        FloatVector b1k = load(b, kb + COUNT);
        FloatVector ak = broadcast(a, ka);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ak = broadcast(a, ka + as0);
        c10 = ak.fma(b0k, c10);
        c11 = ak.fma(b1k, c11);
        ak = broadcast(a, ka + 2 * as0);
        c20 = ak.fma(b0k, c20);
        c21 = ak.fma(b1k, c21);
        ak = broadcast(a, ka + 3 * as0);
        c30 = ak.fma(b0k, c30);
        c31 = ak.fma(b1k, c31);
        ak = broadcast(a, ka + 4 * as0);
        c40 = ak.fma(b0k, c40);
        c41 = ak.fma(b1k, c41);
        ak = broadcast(a, ka + 5 * as0);
        c50 = ak.fma(b0k, c50);
        c51 = ak.fma(b1k, c51);
        ak = broadcast(a, ka + 6 * as0);
        c60 = ak.fma(b0k, c60);
        c61 = ak.fma(b1k, c61);
        ak = broadcast(a, ka + 7 * as0);
        c70 = ak.fma(b0k, c70);
        c71 = ak.fma(b1k, c71);
        ka += as1;
        kb += bs1;
      }
    }
    store(c00, c, c0, accumulate);
    store(c01, c, c0 + COUNT, accumulate);
    store(c10, c, c0 + cs, accumulate);
    store(c11, c, c0 + cs + COUNT, accumulate);
    store(c20, c, c0 + 2 * cs, accumulate);
    store(c21, c, c0 + 2 * cs + COUNT, accumulate);
    store(c30, c, c0 + 3 * cs, accumulate);
    store(c31, c, c0 + 3 * cs + COUNT, accumulate);
    store(c40, c, c0 + 4 * cs, accumulate);
    store(c41, c, c0 + 4 * cs + COUNT, accumulate);
    store(c50, c, c0 + 5 * cs, accumulate);
    store(c51, c, c0 + 5 * cs + COUNT, accumulate);
    store(c60, c, c0 + 6 * cs, accumulate);
    store(c61, c, c0 + 6 * cs + COUNT, accumulate);
    store(c70, c, c0 + 7 * cs, accumulate);
    store(c71, c, c0 + 7 * cs + COUNT, accumulate);
  }

  private static void tile4x2(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = FloatVector.zero(SPECIES);
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c11 = FloatVector.zero(SPECIES);
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c21 = FloatVector.zero(SPECIES);
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c31 = FloatVector.zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = load(b, kb);
        FloatVector b1k = load(b, kb + COUNT);
        FloatVector ak = broadcast(a, ka);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ak = broadcast(a, ka + as0);
        c10 = ak.fma(b0k, c10);
        c11 = ak.fma(b1k, c11);
        ak = broadcast(a, ka + 2 * as0);
        c20 = ak.fma(b0k, c20);
        c21 = ak.fma(b1k, c21);
        ak = broadcast(a, ka + 3 * as0);
        c30 = ak.fma(b0k, c30);
        c31 = ak.fma(b1k, c31);
        ka += as1;
        kb += bs1;
      }
    }
    store(c00, c, c0, accumulate);
    store(c01, c, c0 + COUNT, accumulate);
    store(c10, c, c0 + cs, accumulate);
    store(c11, c, c0 + cs + COUNT, accumulate);
    store(c20, c, c0 + 2 * cs, accumulate);
    store(c21, c, c0 + 2 * cs + COUNT, accumulate);
    store(c30, c, c0 + 3 * cs, accumulate);
    store(c31, c, c0 + 3 * cs + COUNT, accumulate);
  }

  private static void tile1x2(int n2, int n1, float[] a, int a0, int as1, int as2,
      float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = FloatVector.zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = load(b, kb);
        FloatVector b1k = load(b, kb + COUNT);
        FloatVector ak = broadcast(a, ka);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ka += as1;
        kb += bs1;
      }
    }
    store(c00, c, c0, accumulate);
    store(c01, c, c0 + COUNT, accumulate);
  }

  private static void tile8x1(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c10 = FloatVector.zero(SPECIES);
    FloatVector c20 = FloatVector.zero(SPECIES);
    FloatVector c30 = FloatVector.zero(SPECIES);
    FloatVector c40 = FloatVector.zero(SPECIES);
    FloatVector c50 = FloatVector.zero(SPECIES);
    FloatVector c60 = FloatVector.zero(SPECIES);
    FloatVector c70 = FloatVector.zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = load(b, kb);
        FloatVector ak = broadcast(a, ka);
        c00 = ak.fma(b0k, c00);
        ak = broadcast(a, ka + as0);
        c10 = ak.fma(b0k, c10);
        ak = broadcast(a, ka + 2 * as0);
        c20 = ak.fma(b0k, c20);
        ak = broadcast(a, ka + 3 * as0);
        c30 = ak.fma(b0k, c30);
        ak = broadcast(a, ka + 4 * as0);
        c40 = ak.fma(b0k, c40);
        ak = broadcast(a, ka + 5 * as0);
        c50 = ak.fma(b0k, c50);
        ak = broadcast(a, ka + 6 * as0);
        c60 = ak.fma(b0k, c60);
        ak = broadcast(a, ka + 7 * as0);
        c70 = ak.fma(b0k, c70);
        ka += as1;
        kb += bs1;
      }
    }
    store(c00, c, c0, accumulate);
    store(c10, c, c0 + cs, accumulate);
    store(c20, c, c0 + 2 * cs, accumulate);
    store(c30, c, c0 + 3 * cs, accumulate);
    store(c40, c, c0 + 4 * cs, accumulate);
    store(c50, c, c0 + 5 * cs, accumulate);
    store(c60, c, c0 + 6 * cs, accumulate);
    store(c70, c, c0 + 7 * cs, accumulate);
  }

  private static void tile1x1(int n2, int n1, float[] a, int a0, int as1, int as2,
      float[] b,
      int b0, int bs1, int bs2, float[] c, int c0, boolean accumulate) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = load(b, kb);
        FloatVector ak = broadcast(a, ka);
        c00 = ak.fma(b0k, c00);
        ka += as1;
        kb += bs1;
      }
    }
    store(c00, c, c0, accumulate);
  }
}
