package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SymmetricEigenTest {
  static double[][] symmetric(int n, Random random) {
    double[][] a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i][j] = random.nextGaussian();
        a[j][i] = a[i][j];
      }
    }
    return a;
  }

  @Property(tries = 60)
  void theVectorsAreOrthogonalAndGiveTheMatrixBack(
      @ForAll @IntRange(min = 1, max = 20) int n,
      @ForAll @IntRange(min = -150, max = 150) int exponent,
      @ForAll long seed) {
    double scale = Math.pow(10, exponent);
    double[][] a = symmetric(n, new Random(seed));
    double[][] scaled =
        Arrays.stream(a)
            .map(row -> Arrays.stream(row).map(x -> x * scale).toArray())
            .toArray(double[][]::new);
    SymmetricEigen eigen = SymmetricEigen.of(scaled);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double product = 0;
        double sum = 0;
        for (int k = 0; k < n; k++) {
          product += eigen.vectors()[k][i] * eigen.vectors()[k][j];
          sum += eigen.vectors()[i][k] * eigen.values()[k] * eigen.vectors()[j][k];
        }
        assertEquals(i == j ? 1 : 0, product, 1e-13);
        assertEquals(a[i][j], sum / scale, 1e-13 * n);
      }
    }
  }

  @Test
  void eigenvaluesThatAreKnown() {
    assertArrayEquals(new double[] {1, 3}, sorted(new double[][] {{2, 1}, {1, 2}}), 1e-15);
    assertArrayEquals(
        new double[] {-1, 0, 7}, sorted(new double[][] {{7, 0, 0}, {0, 0, 0}, {0, 0, -1}}));
    assertArrayEquals(new double[] {0, 0}, sorted(new double[2][2]));
    // The second difference: 2 - 2 cos(k pi / 4).
    double root = Math.sqrt(2);
    assertArrayEquals(
        new double[] {2 - root, 2, 2 + root},
        sorted(new double[][] {{2, -1, 0}, {-1, 2, -1}, {0, -1, 2}}),
        1e-14);
  }

  private static double[] sorted(double[][] matrix) {
    return Arrays.stream(SymmetricEigen.of(matrix).values()).sorted().toArray();
  }

  @Test
  void theRootOfARoundingErrorIsZero() {
    assertArrayEquals(
        new double[] {0, 2, 0},
        new SymmetricEigen(new double[] {-1e-16, 4, 1e-16}, new double[3][3]).roots());
  }
}
