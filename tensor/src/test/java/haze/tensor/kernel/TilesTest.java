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
        (m, n, n1, accumulate) -> {
          int n2 = 1 + n1 % 3;
          int k = n1 * n2;
          int as2 = n1 + 2;
          int as0 = n2 * as2 + 3;
          int bPanel = k * PANEL + 4;
          float[] a = nothing(1 + m * as0);
          float[] b = nothing(2 + (n / PANEL + 1) * bPanel);
          double[] left = left(m, n2, n1, a, as0, 1, as2);
          double[] right = panels(n, k, b, bPanel);
          check(
              m,
              n,
              k,
              left,
              right,
              accumulate,
              (c, c0, cs) ->
                  Tiles.multiply(
                      m, n, n2, n1, a, 1, as0, as2, b, 2, bPanel, c, c0, cs, accumulate));
        });
  }

  @Test
  void aProductInPlaceIsTheSumForAnyStrides() {
    forEachShape(
        (m, n, n1, accumulate) -> {
          int n2 = 1 + n1 % 3;
          int k = n1 * n2;
          int as1 = m + 1;
          int as2 = n1 * as1 + 2;
          int bs1 = n + 1;
          int bs2 = n1 * bs1 + 1;
          float[] a = nothing(1 + n2 * as2 + m);
          float[] b = nothing(2 + n2 * bs2);
          double[] left = left(m, n2, n1, a, 1, as1, as2);
          double[] right = new double[k * n];
          for (int p = 0; p < k; p++) {
            for (int j = 0; j < n; j++) {
              right[p * n + j] = b[2 + p / n1 * bs2 + p % n1 * bs1 + j] = number();
            }
          }
          check(
              m,
              n,
              k,
              left,
              right,
              accumulate,
              (c, c0, cs) ->
                  Tiles.multiplyInPlace(
                      m, n, n2, n1, a, 1, 1, as1, as2, b, 2, bs1, bs2, c, c0, cs, accumulate));
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
              (c, c0, cs) ->
                  Tiles.multiplyPacked(m, n, k, a, 1, aBlock, b, 2, bPanel, c, c0, cs, accumulate));
        });
  }

  /// Element (i, t * n1 + p) of A at `1 + i*as0 + t*as2 + p*as1`.
  private double[] left(int m, int n2, int n1, float[] a, int as0, int as1, int as2) {
    double[] left = new double[m * n2 * n1];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < n2 * n1; p++) {
        left[i * n2 * n1 + p] = a[1 + i * as0 + p / n1 * as2 + p % n1 * as1] = number();
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
    int cs = n + 2;
    float[] c = new float[c0 + m * cs];
    for (int i = 0; i < c.length; i++) {
      c[i] = number();
    }
    float[] expected = c.clone();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = accumulate ? c[c0 + i * cs + j] : 0;
        for (int p = 0; p < k; p++) {
          sum += left[i * k + p] * right[p * n + j];
        }
        expected[c0 + i * cs + j] = (float) sum;
      }
    }
    product.compute(c, c0, cs);
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
    void compute(float[] c, int c0, int cs);
  }
}
