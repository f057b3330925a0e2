package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

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
/// `k` is not unrolled, since C2 then spills. The Vector API is called without helper methods in between: the API's
/// own methods are always inlined, a helper is not once a caller has grown to 8,000 bytecodes, and what passes
/// through a call that is not inlined is boxed. For the same reason the accumulators start at zero and C is added at
/// the end: a vector that is either zero or loaded, chosen before the loop, ends up boxed in some compilations.
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

  private static void tile8x2(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = zero(SPECIES);
    FloatVector c01 = zero(SPECIES);
    FloatVector c10 = zero(SPECIES);
    FloatVector c11 = zero(SPECIES);
    FloatVector c20 = zero(SPECIES);
    FloatVector c21 = zero(SPECIES);
    FloatVector c30 = zero(SPECIES);
    FloatVector c31 = zero(SPECIES);
    FloatVector c40 = zero(SPECIES);
    FloatVector c41 = zero(SPECIES);
    FloatVector c50 = zero(SPECIES);
    FloatVector c51 = zero(SPECIES);
    FloatVector c60 = zero(SPECIES);
    FloatVector c61 = zero(SPECIES);
    FloatVector c70 = zero(SPECIES);
    FloatVector c71 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = fromArray(SPECIES, b, kb);
        FloatVector b1k = fromArray(SPECIES, b, kb + COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ak = broadcast(SPECIES, a[ka + as0]);
        c10 = ak.fma(b0k, c10);
        c11 = ak.fma(b1k, c11);
        ak = broadcast(SPECIES, a[ka + 2 * as0]);
        c20 = ak.fma(b0k, c20);
        c21 = ak.fma(b1k, c21);
        ak = broadcast(SPECIES, a[ka + 3 * as0]);
        c30 = ak.fma(b0k, c30);
        c31 = ak.fma(b1k, c31);
        ak = broadcast(SPECIES, a[ka + 4 * as0]);
        c40 = ak.fma(b0k, c40);
        c41 = ak.fma(b1k, c41);
        ak = broadcast(SPECIES, a[ka + 5 * as0]);
        c50 = ak.fma(b0k, c50);
        c51 = ak.fma(b1k, c51);
        ak = broadcast(SPECIES, a[ka + 6 * as0]);
        c60 = ak.fma(b0k, c60);
        c61 = ak.fma(b1k, c61);
        ak = broadcast(SPECIES, a[ka + 7 * as0]);
        c70 = ak.fma(b0k, c70);
        c71 = ak.fma(b1k, c71);
        ka += as1;
        kb += bs1;
      }
    }
    if (accumulate) {
      c00.add(fromArray(SPECIES, c, c0)).intoArray(c, c0);
      c01.add(fromArray(SPECIES, c, c0 + COUNT)).intoArray(c, c0 + COUNT);
      c10.add(fromArray(SPECIES, c, c0 + cs)).intoArray(c, c0 + cs);
      c11.add(fromArray(SPECIES, c, c0 + cs + COUNT)).intoArray(c, c0 + cs + COUNT);
      c20.add(fromArray(SPECIES, c, c0 + 2 * cs)).intoArray(c, c0 + 2 * cs);
      c21.add(fromArray(SPECIES, c, c0 + 2 * cs + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
      c30.add(fromArray(SPECIES, c, c0 + 3 * cs)).intoArray(c, c0 + 3 * cs);
      c31.add(fromArray(SPECIES, c, c0 + 3 * cs + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
      c40.add(fromArray(SPECIES, c, c0 + 4 * cs)).intoArray(c, c0 + 4 * cs);
      c41.add(fromArray(SPECIES, c, c0 + 4 * cs + COUNT)).intoArray(c, c0 + 4 * cs + COUNT);
      c50.add(fromArray(SPECIES, c, c0 + 5 * cs)).intoArray(c, c0 + 5 * cs);
      c51.add(fromArray(SPECIES, c, c0 + 5 * cs + COUNT)).intoArray(c, c0 + 5 * cs + COUNT);
      c60.add(fromArray(SPECIES, c, c0 + 6 * cs)).intoArray(c, c0 + 6 * cs);
      c61.add(fromArray(SPECIES, c, c0 + 6 * cs + COUNT)).intoArray(c, c0 + 6 * cs + COUNT);
      c70.add(fromArray(SPECIES, c, c0 + 7 * cs)).intoArray(c, c0 + 7 * cs);
      c71.add(fromArray(SPECIES, c, c0 + 7 * cs + COUNT)).intoArray(c, c0 + 7 * cs + COUNT);
    } else {
      c00.intoArray(c, c0);
      c01.intoArray(c, c0 + COUNT);
      c10.intoArray(c, c0 + cs);
      c11.intoArray(c, c0 + cs + COUNT);
      c20.intoArray(c, c0 + 2 * cs);
      c21.intoArray(c, c0 + 2 * cs + COUNT);
      c30.intoArray(c, c0 + 3 * cs);
      c31.intoArray(c, c0 + 3 * cs + COUNT);
      c40.intoArray(c, c0 + 4 * cs);
      c41.intoArray(c, c0 + 4 * cs + COUNT);
      c50.intoArray(c, c0 + 5 * cs);
      c51.intoArray(c, c0 + 5 * cs + COUNT);
      c60.intoArray(c, c0 + 6 * cs);
      c61.intoArray(c, c0 + 6 * cs + COUNT);
      c70.intoArray(c, c0 + 7 * cs);
      c71.intoArray(c, c0 + 7 * cs + COUNT);
    }
  }

  private static void tile4x2(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = zero(SPECIES);
    FloatVector c01 = zero(SPECIES);
    FloatVector c10 = zero(SPECIES);
    FloatVector c11 = zero(SPECIES);
    FloatVector c20 = zero(SPECIES);
    FloatVector c21 = zero(SPECIES);
    FloatVector c30 = zero(SPECIES);
    FloatVector c31 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = fromArray(SPECIES, b, kb);
        FloatVector b1k = fromArray(SPECIES, b, kb + COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ak = broadcast(SPECIES, a[ka + as0]);
        c10 = ak.fma(b0k, c10);
        c11 = ak.fma(b1k, c11);
        ak = broadcast(SPECIES, a[ka + 2 * as0]);
        c20 = ak.fma(b0k, c20);
        c21 = ak.fma(b1k, c21);
        ak = broadcast(SPECIES, a[ka + 3 * as0]);
        c30 = ak.fma(b0k, c30);
        c31 = ak.fma(b1k, c31);
        ka += as1;
        kb += bs1;
      }
    }
    if (accumulate) {
      c00.add(fromArray(SPECIES, c, c0)).intoArray(c, c0);
      c01.add(fromArray(SPECIES, c, c0 + COUNT)).intoArray(c, c0 + COUNT);
      c10.add(fromArray(SPECIES, c, c0 + cs)).intoArray(c, c0 + cs);
      c11.add(fromArray(SPECIES, c, c0 + cs + COUNT)).intoArray(c, c0 + cs + COUNT);
      c20.add(fromArray(SPECIES, c, c0 + 2 * cs)).intoArray(c, c0 + 2 * cs);
      c21.add(fromArray(SPECIES, c, c0 + 2 * cs + COUNT)).intoArray(c, c0 + 2 * cs + COUNT);
      c30.add(fromArray(SPECIES, c, c0 + 3 * cs)).intoArray(c, c0 + 3 * cs);
      c31.add(fromArray(SPECIES, c, c0 + 3 * cs + COUNT)).intoArray(c, c0 + 3 * cs + COUNT);
    } else {
      c00.intoArray(c, c0);
      c01.intoArray(c, c0 + COUNT);
      c10.intoArray(c, c0 + cs);
      c11.intoArray(c, c0 + cs + COUNT);
      c20.intoArray(c, c0 + 2 * cs);
      c21.intoArray(c, c0 + 2 * cs + COUNT);
      c30.intoArray(c, c0 + 3 * cs);
      c31.intoArray(c, c0 + 3 * cs + COUNT);
    }
  }

  private static void tile1x2(int n2, int n1, float[] a, int a0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, boolean accumulate) {
    FloatVector c00 = zero(SPECIES);
    FloatVector c01 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = fromArray(SPECIES, b, kb);
        FloatVector b1k = fromArray(SPECIES, b, kb + COUNT);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c00 = ak.fma(b0k, c00);
        c01 = ak.fma(b1k, c01);
        ka += as1;
        kb += bs1;
      }
    }
    if (accumulate) {
      c00.add(fromArray(SPECIES, c, c0)).intoArray(c, c0);
      c01.add(fromArray(SPECIES, c, c0 + COUNT)).intoArray(c, c0 + COUNT);
    } else {
      c00.intoArray(c, c0);
      c01.intoArray(c, c0 + COUNT);
    }
  }

  private static void tile8x1(int n2, int n1, float[] a, int a0, int as0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, int cs, boolean accumulate) {
    FloatVector c00 = zero(SPECIES);
    FloatVector c10 = zero(SPECIES);
    FloatVector c20 = zero(SPECIES);
    FloatVector c30 = zero(SPECIES);
    FloatVector c40 = zero(SPECIES);
    FloatVector c50 = zero(SPECIES);
    FloatVector c60 = zero(SPECIES);
    FloatVector c70 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = fromArray(SPECIES, b, kb);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c00 = ak.fma(b0k, c00);
        ak = broadcast(SPECIES, a[ka + as0]);
        c10 = ak.fma(b0k, c10);
        ak = broadcast(SPECIES, a[ka + 2 * as0]);
        c20 = ak.fma(b0k, c20);
        ak = broadcast(SPECIES, a[ka + 3 * as0]);
        c30 = ak.fma(b0k, c30);
        ak = broadcast(SPECIES, a[ka + 4 * as0]);
        c40 = ak.fma(b0k, c40);
        ak = broadcast(SPECIES, a[ka + 5 * as0]);
        c50 = ak.fma(b0k, c50);
        ak = broadcast(SPECIES, a[ka + 6 * as0]);
        c60 = ak.fma(b0k, c60);
        ak = broadcast(SPECIES, a[ka + 7 * as0]);
        c70 = ak.fma(b0k, c70);
        ka += as1;
        kb += bs1;
      }
    }
    if (accumulate) {
      c00.add(fromArray(SPECIES, c, c0)).intoArray(c, c0);
      c10.add(fromArray(SPECIES, c, c0 + cs)).intoArray(c, c0 + cs);
      c20.add(fromArray(SPECIES, c, c0 + 2 * cs)).intoArray(c, c0 + 2 * cs);
      c30.add(fromArray(SPECIES, c, c0 + 3 * cs)).intoArray(c, c0 + 3 * cs);
      c40.add(fromArray(SPECIES, c, c0 + 4 * cs)).intoArray(c, c0 + 4 * cs);
      c50.add(fromArray(SPECIES, c, c0 + 5 * cs)).intoArray(c, c0 + 5 * cs);
      c60.add(fromArray(SPECIES, c, c0 + 6 * cs)).intoArray(c, c0 + 6 * cs);
      c70.add(fromArray(SPECIES, c, c0 + 7 * cs)).intoArray(c, c0 + 7 * cs);
    } else {
      c00.intoArray(c, c0);
      c10.intoArray(c, c0 + cs);
      c20.intoArray(c, c0 + 2 * cs);
      c30.intoArray(c, c0 + 3 * cs);
      c40.intoArray(c, c0 + 4 * cs);
      c50.intoArray(c, c0 + 5 * cs);
      c60.intoArray(c, c0 + 6 * cs);
      c70.intoArray(c, c0 + 7 * cs);
    }
  }

  private static void tile1x1(int n2, int n1, float[] a, int a0, int as1, int as2,
      float[] b, int b0, int bs1, int bs2, float[] c, int c0, boolean accumulate) {
    FloatVector c00 = zero(SPECIES);
    for (int t = 0; t < n2; t++) {
      int ka = a0 + t * as2;
      int kb = b0 + t * bs2;
      for (int k = 0; k < n1; k++) {
        FloatVector b0k = fromArray(SPECIES, b, kb);
        FloatVector ak = broadcast(SPECIES, a[ka]);
        c00 = ak.fma(b0k, c00);
        ka += as1;
        kb += bs1;
      }
    }
    if (accumulate) {
      c00.add(fromArray(SPECIES, c, c0)).intoArray(c, c0);
    } else {
      c00.intoArray(c, c0);
    }
  }
}
