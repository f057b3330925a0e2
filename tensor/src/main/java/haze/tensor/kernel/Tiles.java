package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;

/// The one loop that matrix products, convolutions and Winograd products all run in: a small tile
/// of C stays in registers while the sum runs.
///
/// ```
/// for i, j, p: C[i, j] (+)= A[i, p] * B[p, j]
/// ```
///
/// B is packed into panels of [#PANEL] columns, unless it has few rows to serve; A is read in place
/// where its rows are contiguous, and packed where they are not; C's columns are contiguous.
///
/// Where there are 32 vector registers a tile is 4 vectors wide, so that every number of A that is
/// loaded serves four FMAs, or 2 where B is that narrow; where there are 16 registers, 2.
/// [RowTiles] and [PackedTiles] have constant strides, and each of their accesses is one
/// instruction; [StridedTiles] take any, for two or three instructions an access, and serve what
/// the others leave over.
///
/// What they have in common: accumulators are named locals, since a vector in an array or a field
/// is boxed; `p` is not unrolled, since C2 then spills. The Vector API is called without helper
/// methods in between: the API's own methods are always inlined, a helper is not once a caller has
/// grown to 8,000 bytecodes, and what passes through a call that is not inlined is boxed. That is
/// why their lines repeat. For the same reason the accumulators start at zero, and what is to be
/// added, D, is added at the end: a vector that is either zero or loaded, chosen before the loop,
/// ends up boxed in some compilations. D is C, or a row of zeros at distance 0. A branch in the
/// tile instead would be twice the code, of which C2 leaves out the half that it has not seen
/// taken; when that half is wanted after all, the tile is compiled again.
final class Tiles {
  /// Columns of a panel of B: four vectors.
  static final int PANEL = 4 * COUNT;

  /// AVX-512 has 32 vector registers, narrower x86 machines 16.
  static final boolean MANY_REGISTERS = COUNT >= 16;

  /// What a tile adds to its sums when C is to be overwritten: a row that serves all rows.
  private static final float[] ZEROS = new float[PANEL];

  private Tiles() {}

  /// `C[m x n] (+)= A * B` with A's rows contiguous and B in panels of [#PANEL] columns. The sum
  /// has two levels, so that the taps of a convolution are read in place: `p` along a row of the
  /// image, `t` from row to row.
  ///
  /// ```
  /// A[i, t*k + p] = a[a0 + i*aRow + t*aTap + p]
  /// B[p, j] = b[b0 + j / PANEL * bPanel + p * W + j % PANEL] W = min(PANEL, n - j / PANEL * PANEL)
  /// C[i, j] = c[c0 + i*cRow + j]
  /// ```
  ///
  /// @param m rows of C
  /// @param n columns of C, a multiple of the vector length; best two vectors or whole panels
  /// @param taps values of t
  /// @param k values of p
  static void multiply(int m, int n, int taps, int k, float[] a, int a0, int aRow, int aTap,
      float[] b, int b0, int bPanel, float[] c, int c0, int cRow, boolean accumulate) {
    int bAt = b0;
    for (int j = 0; j < n; j += PANEL) {
      int width = Math.min(n - j, PANEL);
      int cAt = c0 + j;
      float[] d = accumulate ? c : ZEROS;
      int d0 = accumulate ? cAt : 0;
      int dRow = accumulate ? cRow : 0;
      if (MANY_REGISTERS && width == PANEL) {
        RowTiles.multiply4(m, taps, k, a, a0, aRow, aTap, b, bAt, c, cAt, cRow, d, d0, dRow);
      } else if (MANY_REGISTERS && width == 2 * COUNT) {
        RowTiles.multiply2(m, taps, k, a, a0, aRow, aTap, b, bAt, c, cAt, cRow, d, d0, dRow);
      } else {
        StridedTiles.panel(m, width, taps, k, a, a0, aRow, 1, aTap, b, bAt, width, k * width, c,
            cAt, cRow, d, d0, dRow);
      }
      bAt += bPanel;
    }
  }

  /// `C[m x n] (+)= A * B` with A packed in blocks of [Lanes#COUNT] rows and B in panels of
  /// [#PANEL] columns:
  ///
  /// ```
  /// A[i, p] = a[a0 + i / COUNT * aBlock + p * COUNT + i % COUNT]
  /// B[p, j] = b[b0 + j / PANEL * bPanel + p * W + j % PANEL] W = min(PANEL, n - j / PANEL * PANEL)
  /// C[i, j] = c[c0 + i*cRow + j]
  /// ```
  ///
  /// @param m rows of C; only as many are read and written
  /// @param n columns of C, a multiple of the vector length; best two vectors or whole panels
  /// @param k terms of each sum
  static void multiplyPacked(int m, int n, int k, float[] a, int a0, int aBlock, float[] b, int b0,
      int bPanel, float[] c, int c0, int cRow, boolean accumulate) {
    int bAt = b0;
    for (int j = 0; j < n; j += PANEL) {
      int width = Math.min(n - j, PANEL);
      int aAt = a0;
      for (int i = 0; i < m; i += COUNT) {
        int rows = Math.min(m - i, COUNT);
        int cAt = c0 + i * cRow + j;
        float[] d = accumulate ? c : ZEROS;
        int d0 = accumulate ? cAt : 0;
        int dRow = accumulate ? cRow : 0;
        if (MANY_REGISTERS && width == PANEL) {
          PackedTiles.multiply4(rows, k, a, aAt, b, bAt, c, cAt, cRow, d, d0, dRow);
        } else if (MANY_REGISTERS && width == 2 * COUNT) {
          PackedTiles.multiply2(rows, k, a, aAt, b, bAt, c, cAt, cRow, d, d0, dRow);
        } else {
          StridedTiles.panel(rows, width, 1, k, a, aAt, 1, COUNT, 0, b, bAt, width, 0, c, cAt,
              cRow, d, d0, dRow);
        }
        aAt += aBlock;
      }
      bAt += bPanel;
    }
  }

  /// `C[m x n] (+)= A * B` where neither is packed, for few rows:
  ///
  /// ```
  /// for i < m, j < n, t < taps, p < k:
  ///   C[c0 + i*cRow + j] (+)= A[a0 + i*aRow + p*aCol + t*aTap] * B[b0 + p*bRow + t*bTap + j]
  /// ```
  ///
  /// @param n columns of C, a multiple of the vector length
  static void multiplyInPlace(int m, int n, int taps, int k, float[] a, int a0, int aRow, int aCol,
      int aTap, float[] b, int b0, int bRow, int bTap, float[] c, int c0, int cRow,
      boolean accumulate) {
    for (int j = 0; j < n; j += PANEL) {
      int cAt = c0 + j;
      StridedTiles.panel(m, Math.min(PANEL, n - j), taps, k, a, a0, aRow, aCol, aTap, b, b0 + j,
          bRow, bTap, c, cAt, cRow, accumulate ? c : ZEROS, accumulate ? cAt : 0,
          accumulate ? cRow : 0);
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

  /// Whether the next tile has six rows rather than four, so that the fewest are left for smaller
  /// tiles: 7 and 8 rows are two tiles of four.
  static boolean nextIsSix(int rows) {
    return rows >= 6 && rows != 7 && rows != 8;
  }

  /// Whether the last rows, too few for a tile, are computed by a tile that reaches back to rows
  /// already done: cheaper than one by one, but only where a row can be computed twice, since D is
  /// not C.
  ///
  /// @param rest rows that are left
  /// @param done rows before them
  /// @param dRow distance of D's rows
  static boolean mayOverlap(int rest, int done, int dRow) {
    return rest > 1 && done > 0 && dRow == 0;
  }
}
