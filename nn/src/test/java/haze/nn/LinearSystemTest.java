package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import haze.tensor.Rng;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LinearSystemTest {
  @Test
  void rowsAreExchangedWhereThePivotIsZero() {
    assertArrayEquals(
        new double[] {3, -2}, LinearSystem.solve(new double[] {0, 2, -4}, new double[] {5, 1, 13}));
  }

  @Property(tries = 100)
  void theSolutionSolves(@ForAll @IntRange(min = 1, max = 8) int size, @ForAll int seed) {
    double[] expected = new double[size];
    double[][] rows = new double[size][size + 1];
    for (int i = 0; i < size; i++) {
      expected[i] = number(seed, i) - 0.5;
    }
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        rows[i][j] = number(seed, size + i * size + j) - 0.5 + (i == j ? size : 0);
        rows[i][size] += rows[i][j] * expected[j];
      }
    }
    assertArrayEquals(expected, LinearSystem.solve(rows), 1e-12);
  }

  private static double number(int seed, int index) {
    return new Rng(seed, 0, 0, index).fraction();
  }
}
