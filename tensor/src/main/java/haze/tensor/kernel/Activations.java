package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static haze.tensor.kernel.Lanes.WIDEST;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Functions of single elements that need an exponential, and softmax over rows.
public final class Activations {
  /// Elements that pass through softmax's steps together: 16 KB, half of a small L1 cache.
  private static final int SOFTMAX_BLOCK = 4096;

  // Loops over whole vectors, and what they leave over, are methods of their own: [GroupNormKernel]
  // gives the reason.

  private Activations() {}

  /// `y = x / (1 + e^-x)`.
  public static void silu(int n, float[] x, int x0, float[] y, int y0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i);
      v.mul(Exponential.sigmoid(v)).intoArray(y, y0 + i);
    }
    if (i < n) {
      siluOfRest(n - i, x, x0 + i, y, y0 + i);
    }
  }

  private static void siluOfRest(int n, float[] x, int x0, float[] y, int y0) {
    VectorMask<Float> rest = SPECIES.indexInRange(0, n);
    FloatVector v = FloatVector.fromArray(SPECIES, x, x0, rest);
    v.mul(Exponential.sigmoid(v)).intoArray(y, y0, rest);
  }

  /// `dx = dy * s * (1 + x * (1 - s))` with `s = sigmoid(x)`.
  public static void siluBackward(int n, float[] x, int x0, float[] dy, int dy0, float[] dx,
      int dx0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i);
      siluGradient(v, FloatVector.fromArray(SPECIES, dy, dy0 + i)).intoArray(dx, dx0 + i);
    }
    if (i < n) {
      siluBackwardOfRest(n - i, x, x0 + i, dy, dy0 + i, dx, dx0 + i);
    }
  }

  private static void siluBackwardOfRest(int n, float[] x, int x0, float[] dy, int dy0, float[] dx,
      int dx0) {
    VectorMask<Float> rest = SPECIES.indexInRange(0, n);
    FloatVector v = FloatVector.fromArray(SPECIES, x, x0, rest);
    siluGradient(v, FloatVector.fromArray(SPECIES, dy, dy0, rest)).intoArray(dx, dx0, rest);
  }

  private static FloatVector siluGradient(FloatVector x, FloatVector dy) {
    FloatVector sigmoid = Exponential.sigmoid(x);
    return dy.mul(sigmoid).mul(x.sub(x.mul(sigmoid)).add(1));
  }

  /// `y = e^x`, within `[2^-126, 2^127]`.
  public static void exp(int n, float[] x, int x0, float[] y, int y0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      Exponential.exp(FloatVector.fromArray(SPECIES, x, x0 + i)).intoArray(y, y0 + i);
    }
    if (i < n) {
      expOfRest(n - i, x, x0 + i, y, y0 + i);
    }
  }

  private static void expOfRest(int n, float[] x, int x0, float[] y, int y0) {
    VectorMask<Float> rest = SPECIES.indexInRange(0, n);
    Exponential.exp(FloatVector.fromArray(SPECIES, x, x0, rest)).intoArray(y, y0, rest);
  }

  /// Softmax of every row of x `[rows, n]`, n at least 1: `y[i] = e^(scale x[i] - m) / sum over j
  /// of e^(scale x[j] - m)` with m the row's largest `scale x`. y may be x.
  public static void softmax(int rows, int n, float scale, float[] x, int x0, float[] y, int y0) {
    int block = Math.max(1, SOFTMAX_BLOCK / n);
    for (int first = 0; first < rows; first += block) {
      int count = Math.min(block, rows - first);
      for (int row = first; row < first + count; row++) {
        relateToLargest(n, scale, x, x0 + row * n, y, y0 + row * n);
      }
      // All rows as one: only one end is no whole vector.
      exp(count * n, y, y0 + first * n, y, y0 + first * n);
      for (int row = first; row < first + count; row++) {
        multiply(n, 1 / sum(n, y, y0 + row * n), y, y0 + row * n);
      }
    }
  }

  /// `y[i] = scale x[i] - m` with m the largest `scale x[i]`.
  private static void relateToLargest(int n, float scale, float[] x, int x0, float[] y, int y0) {
    FloatVector vector = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      vector = vector.max(FloatVector.fromArray(SPECIES, x, x0 + i).mul(scale));
    }
    float largest = vector.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      largest = Math.max(largest, scale * x[x0 + i]);
    }
    for (i = 0; i + COUNT <= n; i += COUNT) {
      FloatVector.fromArray(SPECIES, x, x0 + i).mul(scale).sub(largest).intoArray(y, y0 + i);
    }
    for (; i < n; i++) {
      y[y0 + i] = scale * x[x0 + i] - largest;
    }
  }

  private static void multiply(int n, float factor, float[] y, int y0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector.fromArray(SPECIES, y, y0 + i).mul(factor).intoArray(y, y0 + i);
    }
    for (; i < n; i++) {
      y[y0 + i] *= factor;
    }
  }

  /// The gradient of [#softmax], from its result y and the gradient dy of it. dx may be dy.
  ///
  /// ```
  /// dx[i] = scale y[i] (dy[i] - sum over j of dy[j] y[j])
  /// ```
  public static void softmaxBackward(int rows, int n, float scale, float[] y, int y0, float[] dy,
      int dy0, float[] dx, int dx0) {
    for (int row = 0; row < rows; row++) {
      int at = row * n;
      softmaxBackward(n, scale, dot(n, y, y0 + at, dy, dy0 + at), y, y0 + at, dy, dy0 + at, dx,
          dx0 + at);
    }
  }

  /// `dx = scale y (dy - dot)`.
  private static void softmaxBackward(int n, float scale, float dot, float[] y, int y0, float[] dy,
      int dy0, float[] dx, int dx0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector difference = FloatVector.fromArray(SPECIES, dy, dy0 + i).sub(dot);
      FloatVector.fromArray(SPECIES, y, y0 + i).mul(scale).mul(difference).intoArray(dx, dx0 + i);
    }
    for (; i < n; i++) {
      dx[dx0 + i] = scale * y[y0 + i] * (dy[dy0 + i] - dot);
    }
  }

  /// Lane q of [Lanes#WIDEST] adds the elements q, q + 16, q + 32, ... The rest behind the last
  /// whole sixteen is added to the lanes' sum one by one. Likewise [#dot].
  private static float sum(int n, float[] x, int x0) {
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i + WIDEST <= n; i += WIDEST) {
      a = a.add(FloatVector.fromArray(SPECIES, x, x0 + i));
      if (COUNT <= 8) {
        b = b.add(FloatVector.fromArray(SPECIES, x, x0 + i + COUNT));
      }
      if (COUNT <= 4) {
        c = c.add(FloatVector.fromArray(SPECIES, x, x0 + i + 2 * COUNT));
        d = d.add(FloatVector.fromArray(SPECIES, x, x0 + i + 3 * COUNT));
      }
    }
    float sum = Lanes.sum(a, b, c, d);
    for (; i < n; i++) {
      sum += x[x0 + i];
    }
    return sum;
  }

  private static float dot(int n, float[] x, int x0, float[] y, int y0) {
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i + WIDEST <= n; i += WIDEST) {
      a = FloatVector.fromArray(SPECIES, x, x0 + i)
          .fma(FloatVector.fromArray(SPECIES, y, y0 + i), a);
      if (COUNT <= 8) {
        b = FloatVector.fromArray(SPECIES, x, x0 + i + COUNT)
            .fma(FloatVector.fromArray(SPECIES, y, y0 + i + COUNT), b);
      }
      if (COUNT <= 4) {
        c = FloatVector.fromArray(SPECIES, x, x0 + i + 2 * COUNT)
            .fma(FloatVector.fromArray(SPECIES, y, y0 + i + 2 * COUNT), c);
        d = FloatVector.fromArray(SPECIES, x, x0 + i + 3 * COUNT)
            .fma(FloatVector.fromArray(SPECIES, y, y0 + i + 3 * COUNT), d);
      }
    }
    float sum = Lanes.sum(a, b, c, d);
    for (; i < n; i++) {
      sum += x[x0 + i] * y[y0 + i];
    }
    return sum;
  }
}
