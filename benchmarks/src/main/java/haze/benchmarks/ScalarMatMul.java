package haze.benchmarks;

import java.util.Arrays;

/// Matrix products in plain loops, `C[m, n] = A B` for row-major arrays.
///
/// The innermost loop adds a multiple of one row to another, which is the fastest order of plain
/// loops: it reads memory in sequence, and no addition waits for the one before. Where it needs a
/// transposed copy, one is made. C2 of JDK 25 does not vectorise the loop nevertheless: it is as
/// fast with `-XX:-UseSuperWord`.
final class ScalarMatMul {
  private ScalarMatMul() {}

  /// A is `[m, k]`, B `[k, n]`.
  static void plain(int m, int n, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0) {
    Arrays.fill(c, c0, c0 + m * n, 0);
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        addRow(n, a[a0 + i * k + p], b, b0 + p * n, c, c0 + i * n);
      }
    }
  }

  /// A is stored as `[k, m]`.
  static void transposedA(
      int m, int n, int k, float[] a, int a0, float[] b, int b0, float[] c, int c0) {
    Arrays.fill(c, c0, c0 + m * n, 0);
    for (int p = 0; p < k; p++) {
      for (int i = 0; i < m; i++) {
        addRow(n, a[a0 + p * m + i], b, b0 + p * n, c, c0 + i * n);
      }
    }
  }

  /// B is stored as `[n, k]`, and transposed into `scratch`, `[k, n]`.
  static void transposedB(
      int m,
      int n,
      int k,
      float[] a,
      int a0,
      float[] b,
      int b0,
      float[] c,
      int c0,
      float[] scratch) {
    transpose(n, k, b, b0, scratch);
    plain(m, n, k, a, a0, scratch, 0, c, c0);
  }

  /// `out[j, i] = x[i, j]`.
  static void transpose(int rows, int columns, float[] x, int x0, float[] out) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        out[j * rows + i] = x[x0 + i * columns + j];
      }
    }
  }

  /// `y += factor x`.
  static void addRow(int n, float factor, float[] x, int x0, float[] y, int y0) {
    for (int j = 0; j < n; j++) {
      y[y0 + j] += factor * x[x0 + j];
    }
  }
}
