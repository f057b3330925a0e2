package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// The same input gives the same bits before and after the JVM has compiled a kernel.
class CompilationTest {
  /// C2 compiles a method with loops long before.
  private static final int CALLS = 10_000;

  @Test
  void softmaxGivesTheSameBitsBeforeAndAfterCompilation() {
    int rows = 64;
    int n = 3 * Lanes.COUNT + Lanes.COUNT - 1;
    float[] x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(rows, n)).data();
    float[] dy = new Rng(1, 2, 3, 5).normal(Tensor.zeros(rows, n)).data();
    float[] y = new float[rows * n];
    float[] dx = new float[rows * n];
    Activations.softmax(rows, n, 1, x, 0, y, 0);
    Activations.softmaxBackward(rows, n, 1, y, 0, dy, 0, dx, 0);
    float[] firstY = y.clone();
    float[] firstDx = dx.clone();
    for (int i = 0; i < CALLS; i++) {
      Activations.softmax(rows, n, 1, x, 0, y, 0);
      Activations.softmaxBackward(rows, n, 1, y, 0, dy, 0, dx, 0);
      assertArrayEquals(firstY, y);
      assertArrayEquals(firstDx, dx);
    }
  }

  @Test
  void dotsGiveTheSameBitsBeforeAndAfterCompilation() {
    int rows = 7;
    int terms = 3 * Lanes.COUNT;
    float[] a = new Rng(1, 2, 3, 4).normal(Tensor.zeros(rows + 2, terms)).data();
    float[] b = new Rng(1, 2, 3, 5).normal(Tensor.zeros(3, terms)).data();
    float[] c = new float[rows];
    Dots.multiply(rows, 3, terms, a, 0, terms, terms, b, 0, c, 0, 1);
    float[] first = c.clone();
    for (int i = 0; i < CALLS; i++) {
      Dots.multiply(rows, 3, terms, a, 0, terms, terms, b, 0, c, 0, 1);
      assertArrayEquals(first, c);
    }
  }
}
