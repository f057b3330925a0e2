package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Tiles.PANEL;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Every tile against the sum it stands for, for all numbers of rows up to three packed blocks and all widths up to
/// two panels. The matrices hold small whole numbers, so that sums are exact, and NaN wherever nothing may be read.
class TilesTest {
  private static final int MOST_ROWS = 2 * COUNT + 5;
  private static final int[] DEPTHS = {0, 1, 2, 7};
  private final Random random = new Random(1);

  @Test
  void aPlainProductIsTheSumOverBothLevels() {
    forEachShape((m, n, k, accumulate) -> {
      for (boolean packed : new boolean[]{false, true}) {
        for (boolean rowsContiguous : new boolean[]{false, true}) {
          plain(m, n, k, 1 + k % 3, packed, rowsContiguous, accumulate);
        }
      }
    });
  }

  @Test
  void aPackedProductIsTheSum() {
    forEachShape((m, n, k, accumulate) -> {
      int aBlock = k * COUNT + 3;
      int bPanel = k * PANEL + 5;
      float[] a = nothing((m / COUNT + 1) * aBlock + 1);
      float[] b = nothing((n / PANEL + 1) * bPanel + 2);
      double[] left = new double[m * k];
      double[] right = new double[k * n];
      for (int i = 0; i < m; i++) {
        for (int p = 0; p < k; p++) {
          left[i * k + p] = a[1 + i / COUNT * aBlock + p * COUNT + i % COUNT] = number();
        }
      }
      for (int p = 0; p < k; p++) {
        for (int j = 0; j < n; j++) {
          int width = Math.min(PANEL, n - j / PANEL * PANEL);
          right[p * n + j] = b[2 + j / PANEL * bPanel + p * width + j % PANEL] = number();
        }
      }
      check(m, n, k, left, right, accumulate, (c, c0, cs) -> Tiles.multiplyPacked(m, n, k, a, 1,
          aBlock, b, 2, bPanel, c, c0, cs, accumulate));
    });
  }

  private void plain(int m, int n, int n1, int n2, boolean packed, boolean rowsContiguous,
      boolean accumulate) {
    int k = n1 * n2;
    // Element (i, t * n1 + p) of A; where rows are contiguous the taps' ranges lie a row of taps apart.
    int as0 = rowsContiguous ? k + 3 : 1;
    int as1 = rowsContiguous ? 1 : m + 1;
    int as2 = n1 * as1;
    int bs1 = packed ? Math.min(n, PANEL) : n + 1;
    int bs2 = n1 * bs1 + 1;
    int bPanel = packed ? n2 * bs2 + 4 : PANEL;
    float[] a = nothing(1 + m * as0 + k * as1);
    float[] b = nothing(2 + (n / PANEL + 1) * bPanel + n2 * bs2);
    double[] left = new double[m * k];
    double[] right = new double[k * n];
    for (int t = 0; t < n2; t++) {
      for (int p = 0; p < n1; p++) {
        for (int i = 0; i < m; i++) {
          left[i * k + t * n1 + p] = a[1 + i * as0 + p * as1 + t * as2] = number();
        }
        for (int j = 0; j < n; j++) {
          right[(t * n1 + p) * n
              + j] = b[2 + j / PANEL * bPanel + t * bs2 + p * bs1 + j % PANEL] = number();
        }
      }
    }
    check(m, n, k, left, right, accumulate, (c, c0, cs) -> Tiles.multiply(m, n, n2, n1, a, 1, as0,
        as1, as2, b, 2, bPanel, bs1, bs2, c, c0, cs, accumulate));
  }

  private void check(int m, int n, int k, double[] left, double[] right, boolean accumulate,
      Product product) {
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
