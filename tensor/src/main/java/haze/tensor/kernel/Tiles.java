package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;

/// The one loop of matrix products, direct convolutions and Winograd products: a small tile of C
/// stays in registers while the sum runs.
///
/// ```
/// for i, j, p: C[i, j] (+)= A[i, p] * B[p, j]
/// ```
///
/// B is packed into panels of [#PANEL] columns, unless it serves few rows of A. A is read in place
/// where its rows are contiguous, and packed where they are not. C's columns are contiguous.
///
/// A tile is 4 vectors wide where there are 32 vector registers, so that every number of A that is
/// loaded serves four FMAs, and as wide as B where that is narrower; with 16 registers it is 2
/// vectors wide. [RowTiles] and [PackedTiles] have constant strides: each of their accesses is one
/// instruction. [StridedTiles] take any strides, for two or three instructions an access; they
/// compute the rows that the others leave over.
///
/// Rules of all tiles:
///
/// - Accumulators are named locals (`c2b` is row 2, vector b of the tile), since a vector in an
///   array or a field is boxed.
/// - `p` is not unrolled, since C2 then spills registers.
/// - The Vector API is called directly, which is why lines repeat. C2 always inlines the API's own
///   methods, but no helper method once the caller has grown to 8,000 bytecodes; a vector that
///   passes through a call that is not inlined is boxed.
/// - Accumulators start at zero, and D is added after the sum: C to accumulate, else a row of zeros
///   at distance 0. A start value chosen before the loop (zero or loaded) is boxed in some
///   compilations. A branch in the tile would be compiled for the case seen so far, and the whole
///   tile again when the other one occurs.
final class Tiles {
  /// Columns of a panel of B: four vectors.
  static final int PANEL = 4 * COUNT;

  /// AVX-512 has 32 vector registers, narrower x86 machines 16.
  static final boolean MANY_REGISTERS = COUNT >= 16;

  /// D where C is overwritten: one row for all rows.
  private static final float[] ZEROS = new float[PANEL];

  private Tiles() {}

  /// `C[m x n] (+)= A * B` with A's rows contiguous and B in panels of [#PANEL] columns. The sum
  /// has two levels, so that the windows of a convolution are read in place: `p < k` runs along a
  /// row of the window, `t < taps` from row to row.
  ///
  /// ```
  /// A[i, t*k + p] = a[a0 + i*aRow + t*aTap + p]
  /// B[q, j] = b[b0 + j / PANEL * bPanel + q*W + j % PANEL]   W = min(PANEL, n - j / PANEL * PANEL)
  /// C[i, j] = c[c0 + i*cRow + j]
  /// ```
  ///
  /// @param n a multiple of the vector length; fewest loads for whole panels
  static void multiply(int m, int n, int taps, int k, float[] a, int a0, int aRow, int aTap,
      float[] b, int b0, int bPanel, float[] c, int c0, int cRow, boolean accumulate) {
    int bAt = b0;
    for (int j = 0; j < n; j += PANEL) {
      int width = Math.min(n - j, PANEL);
      int cAt = c0 + j;
      float[] d = accumulate ? c : ZEROS;
      int d0 = accumulate ? cAt : 0;
      int dRow = accumulate ? cRow : 0;
      if (!MANY_REGISTERS) {
        StridedTiles.panel(m, width, taps, k, a, a0, aRow, 1, aTap, b, bAt, width, k * width, c,
            cAt, cRow, d, d0, dRow);
      } else if (width == PANEL) {
        RowTiles.multiply4(m, taps, k, a, a0, aRow, aTap, b, bAt, c, cAt, cRow, d, d0, dRow);
      } else {
        RowTiles.multiplyFew(width / COUNT, m, taps, k, a, a0, aRow, aTap, b, bAt, c, cAt, cRow, d,
            d0, dRow);
      }
      bAt += bPanel;
    }
  }

  /// `C[m x n] (+)= A * B` with A packed in blocks of [Lanes#COUNT] rows and B in panels of
  /// [#PANEL] columns. Only m rows are read and written.
  ///
  /// ```
  /// A[i, p] = a[a0 + i / COUNT * aBlock + p*COUNT + i % COUNT]
  /// B[p, j] = b[b0 + j / PANEL * bPanel + p*W + j % PANEL]   W = min(PANEL, n - j / PANEL * PANEL)
  /// C[i, j] = c[c0 + i*cRow + j]
  /// ```
  ///
  /// @param n a multiple of the vector length; fewest loads for whole panels
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
        if (!MANY_REGISTERS) {
          StridedTiles.panel(rows, width, 1, k, a, aAt, 1, COUNT, 0, b, bAt, width, 0, c, cAt,
              cRow, d, d0, dRow);
        } else if (width == PANEL) {
          PackedTiles.multiply4(rows, k, a, aAt, b, bAt, c, cAt, cRow, d, d0, dRow);
        } else {
          PackedTiles.multiplyFew(width / COUNT, rows, k, a, aAt, b, bAt, c, cAt, cRow, d, d0,
              dRow);
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
  /// @param n a multiple of the vector length
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

  /// Whether the last rows, too few for a tile, are computed by a tile that reaches back over rows
  /// already done. That is cheaper than row by row, but a row may be computed twice only where D is
  /// not C.
  ///
  /// @param rest rows that are left
  /// @param done rows before them
  static boolean mayOverlap(int rest, int done, int dRow) {
    return rest > 1 && done > 0 && dRow == 0;
  }
}
