package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Tiles.PANEL;

import java.util.Arrays;

/// General matrix product: `C[m x n] (+)= op(A)[m x k] * op(B)[k x n]`, each side plain or
/// transposed.
///
/// ```
/// for i < m, j < n: C[i,j] (+)= sum over p < k of A[i,p] * B[p,j]
/// ```
///
/// The sum is cut into blocks of [#BLOCK_K], and A into blocks of [#BLOCK_M] rows that stay in the
/// second-level cache while one panel of B (64 columns, 256 kB) after the other passes by. B is
/// packed into panels unless it is one already or serves few rows of A. A is packed where it is
/// transposed, since the tiles read side by side what one term of the sum needs; it is copied
/// together where its rows lie far apart, else read in place.
public final class Gemm {
  /// Terms of a block. With an eighth of it a panel of B would fit into the first-level cache, but
  /// C is read and written once for every block, and that costs more.
  private static final int BLOCK_K = 1024;
  /// Rows of A in a block: 192 x 1024 floats are 768 kB.
  private static final int BLOCK_M = 192;
  /// Fewer rows of C than this do not pay for packing B, unless B's rows are [#WIDE].
  private static final int FEW = 24;
  /// Rows this long or longer are spread over so many pages that a block of them is better copied
  /// together.
  private static final int WIDE = 512;
  /// Rows computed at a time where C is not whole vectors wide: a multiple of the vector length and
  /// of the tile.
  private static final int EDGE = 48;

  private Gemm() {}

  /// {@return the floats of scratch memory that [#multiply] needs for n columns and sums of k
  /// terms}
  public static int scratch(int n, int k) {
    return Vectors.ALIGNED_OFFSET + EDGE * PANEL
        + Math.min(k, BLOCK_K) * (Tiles.padded(n) + BLOCK_M);
  }

  /// `C (+)= A * B` for matrices inside arrays:
  ///
  /// ```
  /// A[i, p] = a[a0 + i*aRow + p*aCol]
  /// B[p, j] = b[b0 + p*bRow + j*bCol]
  /// C[i, j] = c[c0 + i*cRow + j]
  /// ```
  ///
  /// @param bCol 1 unless B is transposed
  /// @param scratch at least [#scratch] floats, contents arbitrary
  public static void multiply(int m, int n, int k, float[] a, int a0, int aRow, int aCol, float[] b,
      int b0, int bRow, int bCol, float[] c, int c0, int cRow, boolean accumulate,
      float[] scratch) {
    if (k == 0 && !accumulate) {
      for (int i = 0; i < m; i++) {
        Arrays.fill(c, c0 + i * cRow, c0 + i * cRow + n, 0);
      }
      return;
    }
    boolean whole = bCol == 1 && n % COUNT == 0;
    boolean isPanel = whole && n <= PANEL && bRow == n;
    boolean inPlace = whole && !isPanel && m < FEW && bRow < WIDE;
    int packedB = Vectors.ALIGNED_OFFSET + EDGE * PANEL;
    for (int p = 0; p < k; p += BLOCK_K) {
      int depth = Math.min(BLOCK_K, k - p);
      boolean add = accumulate || p > 0;
      int aAt = a0 + p * aCol;
      int bAt = b0 + p * bRow;
      if (inPlace) {
        Tiles.multiplyInPlace(m, n, 1, depth, a, aAt, aRow, aCol, 0, b, bAt, bRow, 0, c, c0, cRow,
            add);
        continue;
      }
      for (int j = 0; j < n && !isPanel; j += PANEL) {
        int width = Math.min(PANEL, n - j);
        Packing.pack(width, depth, b, bAt + j * bCol, bCol, bRow, scratch, packedB + j * depth,
            COUNT, Tiles.padded(width));
      }
      for (int i = 0; i < m; i += BLOCK_M) {
        int height = Math.min(BLOCK_M, m - i);
        PackedA rows = PackedA.of(height, n, depth, a, aAt + i * aRow, aRow, aCol, scratch,
            packedB + depth * Tiles.padded(n));
        rows.times(height, n, depth, isPanel ? b : scratch, isPanel ? bAt : packedB, c,
            c0 + i * cRow, cRow, add, scratch);
      }
    }
  }

  /// A block of A's rows as the tiles read it.
  private static final class PackedA {
    /// Whether it is packed for [Tiles#multiplyPacked]; then `aRow` is not used.
    final boolean packed;
    final float[] a;
    final int a0;
    final int aRow;

    private PackedA(boolean packed, float[] a, int a0, int aRow) {
      this.packed = packed;
      this.a = a;
      this.a0 = a0;
      this.aRow = aRow;
    }

    static PackedA of(int m, int n, int k, float[] a, int a0, int aRow, int aCol, float[] scratch,
        int scratch0) {
      if (aCol != 1) {
        Packing.pack(m, k, a, a0, aRow, aCol, scratch, scratch0, k * COUNT, COUNT);
        return new PackedA(true, scratch, scratch0, 0);
      }
      if (aRow >= WIDE && n >= WIDE) {
        for (int i = 0; i < m; i++) {
          System.arraycopy(a, a0 + i * aRow, scratch, scratch0 + i * k, k);
        }
        return new PackedA(false, scratch, scratch0, k);
      }
      return new PackedA(false, a, a0, aRow);
    }

    /// The product with all panels of B. Columns that are not whole vectors pass through the start
    /// of the scratch array.
    void times(int m, int n, int k, float[] b, int b0, float[] c, int c0, int cRow,
        boolean accumulate, float[] scratch) {
      for (int j = 0; j < n; j += PANEL) {
        int width = Math.min(PANEL, n - j);
        if (width % COUNT == 0) {
          panel(0, m, width, k, b, b0 + j * k, c, c0 + j, cRow, accumulate);
          continue;
        }
        for (int i = 0; i < m; i += EDGE) {
          int rows = Math.min(EDGE, m - i);
          panel(i, rows, Tiles.padded(width), k, b, b0 + j * k, scratch, Vectors.ALIGNED_OFFSET,
              PANEL, false);
          for (int r = 0; r < rows; r++) {
            int from = Vectors.ALIGNED_OFFSET + r * PANEL;
            int to = c0 + (i + r) * cRow + j;
            if (accumulate) {
              Vectors.add(width, scratch, from, c, to);
            } else {
              System.arraycopy(scratch, from, c, to, width);
            }
          }
        }
      }
    }

    /// The product of some rows, from the first on, with a packed panel of B.
    private void panel(int first, int m, int n, int k, float[] b, int b0, float[] c, int c0,
        int cRow, boolean accumulate) {
      if (packed) {
        Tiles.multiplyPacked(m, n, k, a, a0 + first * k, k * COUNT, b, b0, 0, c, c0, cRow,
            accumulate);
      } else {
        Tiles.multiply(m, n, 1, k, a, a0 + first * aRow, aRow, 0, b, b0, 0, c, c0, cRow,
            accumulate);
      }
    }
  }
}
