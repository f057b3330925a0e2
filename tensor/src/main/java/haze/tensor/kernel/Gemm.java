package haze.tensor.kernel;

import static haze.tensor.kernel.Tiles.PANEL;

/// General matrix product: `C[m x n] (+)= op(A)[m x k] * op(B)[k x n]`, each side plain or transposed.
///
/// ```
/// for i < m, j < n: C[i,j] (+)= sum over p < k of A[i,p] * B[p,j]
/// ```
///
/// The sum is cut into blocks of [#DEPTH], so that a panel of B (64 columns, 32 kB) stays in the first-level
/// cache while the rows of A pass by. A is read in place with any strides. B is packed into panels, padded
/// with zeros, unless it is plain, narrow and a whole number of vectors wide: then it is read in place too.
public final class Gemm {
  private static final int DEPTH = 128;
  /// Rows of A in a block: 512 x 128 floats are a quarter of a megabyte, which the second-level cache holds.
  private static final int HEIGHT = 512;
  /// From this width on, rows of B lie so far apart that packing them pays.
  private static final int NARROW = 512;

  private Gemm() {}

  /// The length of the scratch array that [#multiply] needs.
  ///
  /// @param n columns of C
  /// @param k terms of each sum
  /// @return a number of floats
  public static int scratch(int n, int k) {
    return Math.min(k, DEPTH) * Tiles.paddedToPanels(n) + 8 * PANEL + Vectors.ALIGNED;
  }

  /// `C (+)= A * B` for matrices inside arrays.
  ///
  /// @param m rows of C
  /// @param n columns of C
  /// @param k terms of each sum
  /// @param a A's array; element (i, p) is `a[a0 + i*aRow + p*aCol]`
  /// @param a0 A's start
  /// @param aRow distance of A's rows
  /// @param aCol distance of A's columns
  /// @param b B's array; element (p, j) is `b[b0 + p*bRow + j*bCol]`
  /// @param b0 B's start
  /// @param bRow distance of B's rows
  /// @param bCol distance of B's columns; 1 unless B is transposed
  /// @param c C's array; element (i, j) is `c[c0 + i*cRow + j]`
  /// @param c0 C's start
  /// @param cRow distance of C's rows
  /// @param accumulate whether to add to C instead of overwriting it
  /// @param scratch at least [#scratch] floats, contents arbitrary
  public static void multiply(int m, int n, int k, float[] a, int a0, int aRow, int aCol, float[] b,
      int b0, int bRow,
      int bCol, float[] c, int c0, int cRow, boolean accumulate, float[] scratch) {
    if (k == 0 && !accumulate) {
      for (int i = 0; i < m; i++) {
        java.util.Arrays.fill(c, c0 + i * cRow, c0 + i * cRow + n, 0);
      }
      return;
    }
    boolean inPlace = bCol == 1 && n % Lanes.COUNT == 0 && bRow < NARROW;
    int columns = n / Lanes.COUNT * Lanes.COUNT;
    for (int p = 0; p < k; p += DEPTH) {
      int depth = Math.min(DEPTH, k - p);
      boolean add = accumulate || p > 0;
      if (!inPlace) {
        pack(depth, n, b, b0 + p * bRow, bRow, bCol, scratch);
      }
      for (int i = 0; i < m; i += HEIGHT) {
        int height = Math.min(HEIGHT, m - i);
        int at = a0 + i * aRow + p * aCol;
        if (inPlace) {
          Tiles.multiply(height, n, 1, depth, a, at, aRow, aCol, 0, b, b0 + p * bRow, PANEL, bRow,
              0, c, c0 + i * cRow,
              cRow, add);
        } else {
          Tiles.multiply(height, columns, 1, depth, a, at, aRow, aCol, 0, scratch, Vectors.ALIGNED,
              depth * PANEL,
              PANEL, 0, c,
              c0 + i * cRow, cRow, add);
          if (columns < n) {
            lastColumns(height, columns, n, depth, a, at, aRow, aCol, scratch, c, c0 + i * cRow,
                cRow, add);
          }
        }
      }
    }
  }

  /// The columns after the last whole vector, through a small block of whole vectors at the scratch's end.
  private static void lastColumns(int m, int columns, int n, int depth, float[] a, int a0, int aRow,
      int aCol,
      float[] scratch, float[] c, int c0, int cRow, boolean accumulate) {
    int edge = scratch.length - 8 * PANEL;
    int panel = Vectors.ALIGNED + columns / PANEL * depth * PANEL + columns % PANEL;
    for (int i = 0; i < m; i += 8) {
      int rows = Math.min(8, m - i);
      Tiles.multiply(rows, Lanes.COUNT, 1, depth, a, a0 + i * aRow, aRow, aCol, 0, scratch, panel,
          0, PANEL, 0, scratch,
          edge, PANEL, false);
      for (int r = 0; r < rows; r++) {
        for (int j = columns; j < n; j++) {
          int at = c0 + (i + r) * cRow + j;
          float sum = scratch[edge + r * PANEL + j - columns];
          c[at] = accumulate ? c[at] + sum : sum;
        }
      }
    }
  }

  /// Panels of B: `out[(j / PANEL) * depth * PANEL + p * PANEL + j % PANEL] = B[p, j]`, zeros beyond column n.
  private static void pack(int depth, int n, float[] b, int b0, int bRow, int bCol, float[] out) {
    int[] column = Vectors.column(bCol);
    for (int j = 0; j < n; j += PANEL) {
      int width = Math.min(PANEL, n - j);
      int to = Vectors.ALIGNED + j * depth;
      if (width < PANEL) {
        java.util.Arrays.fill(out, to, to + depth * PANEL, 0);
      }
      if (bCol == 1) {
        for (int p = 0; p < depth; p++) {
          System.arraycopy(b, b0 + p * bRow + j, out, to + p * PANEL, width);
        }
      } else {
        for (int p = 0; p < depth; p++) {
          Vectors.gather(width, b, b0 + j * bCol + p * bRow, bCol, column, out, to + p * PANEL);
        }
      }
    }
  }
}
