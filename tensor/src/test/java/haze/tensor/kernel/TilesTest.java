package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Tiles.PANEL;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Every tile against the sum it stands for, for all numbers of rows up to three packed blocks and
/// all widths up to two panels. The matrices hold small whole numbers, so that sums are exact, and
/// NaN wherever nothing may be read.
class TilesTest {
  private static final int MOST_ROWS = 2 * COUNT + 5;
  private static final int[] DEPTHS = {0, 1, 2, 7};
  private final Random random = new Random(1);

  @Test
  void aProductIsTheSumOverBothLevels() {
    forEachShape(
        (m, n, k, accumulate) -> {
          int taps = 1 + k % 3;
          int terms = k * taps;
          int aTap = k + 2;
          int aRow = taps * aTap + 3;
          int bPanel = terms * PANEL + 4;
          float[] a = nothing(1 + m * aRow);
          float[] b = nothing(2 + (n / PANEL + 1) * bPanel);
          double[] left = left(m, taps, k, a, aRow, 1, aTap);
          double[] right = panels(n, terms, b, bPanel);
          check(
              m,
              n,
              terms,
              left,
              right,
              accumulate,
              (c, c0, cRow) ->
                  Tiles.multiply(
                      m, n, taps, k, a, 1, aRow, aTap, b, 2, bPanel, c, c0, cRow, accumulate));
        });
  }

  @Test
  void aProductInPlaceIsTheSumForAnyStrides() {
    forEachShape(
        (m, n, k, accumulate) -> {
          int taps = 1 + k % 3;
          int terms = k * taps;
          int aCol = m + 1;
          int aTap = k * aCol + 2;
          int bRow = n + 1;
          int bTap = k * bRow + 1;
          float[] a = nothing(1 + taps * aTap + m);
          float[] b = nothing(2 + taps * bTap);
          double[] left = left(m, taps, k, a, 1, aCol, aTap);
          double[] right = new double[terms * n];
          for (int p = 0; p < terms; p++) {
            for (int j = 0; j < n; j++) {
              right[p * n + j] = b[2 + p / k * bTap + p % k * bRow + j] = number();
            }
          }
          check(
              m,
              n,
              terms,
              left,
              right,
              accumulate,
              (c, c0, cRow) ->
                  Tiles.multiplyInPlace(
                      m,
                      n,
                      taps,
                      k,
                      a,
                      1,
                      1,
                      aCol,
                      aTap,
                      b,
                      2,
                      bRow,
                      bTap,
                      c,
                      c0,
                      cRow,
                      accumulate));
        });
  }

  @Test
  void aPackedProductIsTheSum() {
    forEachShape(
        (m, n, k, accumulate) -> {
          int aBlock = k * COUNT + 3;
          int bPanel = k * PANEL + 5;
          float[] a = nothing((m / COUNT + 1) * aBlock + 1);
          float[] b = nothing((n / PANEL + 1) * bPanel + 2);
          double[] left = new double[m * k];
          for (int i = 0; i < m; i++) {
            for (int p = 0; p < k; p++) {
              left[i * k + p] = a[1 + i / COUNT * aBlock + p * COUNT + i % COUNT] = number();
            }
          }
          double[] right = panels(n, k, b, bPanel);
          check(
              m,
              n,
              k,
              left,
              right,
              accumulate,
              (c, c0, cRow) ->
                  Tiles.multiplyPacked(
                      m, n, k, a, 1, aBlock, b, 2, bPanel, c, c0, cRow, accumulate));
        });
  }

  /// Element (i, t * k + p) of A at `1 + i*aRow + t*aTap + p*aCol`.
  private double[] left(int m, int taps, int k, float[] a, int aRow, int aCol, int aTap) {
    double[] left = new double[m * taps * k];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < taps * k; p++) {
        left[i * taps * k + p] = a[1 + i * aRow + p / k * aTap + p % k * aCol] = number();
      }
    }
    return left;
  }

  /// B in panels, the first at 2.
  private double[] panels(int n, int k, float[] b, int bPanel) {
    double[] right = new double[k * n];
    for (int p = 0; p < k; p++) {
      for (int j = 0; j < n; j++) {
        int width = Math.min(PANEL, n - j / PANEL * PANEL);
        right[p * n + j] = b[2 + j / PANEL * bPanel + p * width + j % PANEL] = number();
      }
    }
    return right;
  }

  private void check(
      int m, int n, int k, double[] left, double[] right, boolean accumulate, Product product) {
    int c0 = 3;
    int cRow = n + 2;
    float[] c = new float[c0 + m * cRow];
    for (int i = 0; i < c.length; i++) {
      c[i] = number();
    }
    float[] expected = c.clone();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = accumulate ? c[c0 + i * cRow + j] : 0;
        for (int p = 0; p < k; p++) {
          sum += left[i * k + p] * right[p * n + j];
        }
        expected[c0 + i * cRow + j] = (float) sum;
      }
    }
    product.compute(c, c0, cRow);
    assertArrayEquals(expected, c, () -> m + " x " + n + " x " + k + ", accumulate " + accumulate);
  }

  private static void forEachShape(Shape shape) {
    int shapes = 0;
    for (int m = 1; m <= MOST_ROWS; m++) {
      for (int n = COUNT; n <= 2 * PANEL; n += COUNT) {
        for (int k : DEPTHS) {
          shape.check(m, n, k, (m + n / COUNT + k) % 2 == 0);
          shape.check(m, n, k, (m + n / COUNT + k) % 2 != 0);
          shapes++;
        }
      }
    }
    assertEquals(MOST_ROWS * 8 * DEPTHS.length, shapes);
  }

  private static float[] nothing(int length) {
    float[] array = new float[length];
    Arrays.fill(array, Float.NaN);
    return array;
  }

  private float number() {
    return random.nextInt(17) - 8;
  }

  private interface Shape {
    void check(int m, int n, int k, boolean accumulate);
  }

  private interface Product {
    void compute(float[] c, int c0, int cRow);
  }
}
