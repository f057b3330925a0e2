package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Functions of single elements that need an exponential, and softmax over rows.
public final class Activations {
  private Activations() {}

  /// `y = x / (1 + e^-x)`.
  ///
  /// @param n elements
  /// @param x the argument
  /// @param x0 its start
  /// @param y receives the result
  /// @param y0 its start
  public static void silu(int n, float[] x, int x0, float[] y, int y0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i);
      v.mul(Exponential.sigmoid(v)).intoArray(y, y0 + i);
    }
    if (i < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, n);
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i, rest);
      v.mul(Exponential.sigmoid(v)).intoArray(y, y0 + i, rest);
    }
  }

  /// `dx = dy * s * (1 + x * (1 - s))` with `s = sigmoid(x)`.
  ///
  /// @param n elements
  /// @param x the argument of [#silu]
  /// @param x0 its start
  /// @param dy gradient of the result
  /// @param dy0 its start
  /// @param dx receives the gradient of the argument
  /// @param dx0 its start
  public static void siluBackward(int n, float[] x, int x0, float[] dy, int dy0, float[] dx,
      int dx0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i);
      siluGradient(v, FloatVector.fromArray(SPECIES, dy, dy0 + i)).intoArray(dx, dx0 + i);
    }
    if (i < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, n);
      FloatVector v = FloatVector.fromArray(SPECIES, x, x0 + i, rest);
      siluGradient(v, FloatVector.fromArray(SPECIES, dy, dy0 + i, rest)).intoArray(dx, dx0 + i,
          rest);
    }
  }

  private static FloatVector siluGradient(FloatVector x, FloatVector dy) {
    FloatVector sigmoid = Exponential.sigmoid(x);
    return dy.mul(sigmoid).mul(x.sub(x.mul(sigmoid)).add(1));
  }

  /// `y = e^x`, within `[2^-126, 2^127]`.
  ///
  /// @param n elements
  /// @param x the argument
  /// @param x0 its start
  /// @param y receives the result
  /// @param y0 its start
  public static void exp(int n, float[] x, int x0, float[] y, int y0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      Exponential.exp(FloatVector.fromArray(SPECIES, x, x0 + i)).intoArray(y, y0 + i);
    }
    if (i < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, n);
      Exponential.exp(FloatVector.fromArray(SPECIES, x, x0 + i, rest)).intoArray(y, y0 + i, rest);
    }
  }

  /// Softmax of every row: `y[i] = e^(scale x[i] - m) / sum over j of e^(scale x[j] - m)` with m the row's
  /// largest `scale x`. May work in place.
  ///
  /// @param rows rows
  /// @param n elements of a row, at least 1
  /// @param scale factor of the argument
  /// @param x `[rows, n]`
  /// @param x0 its start
  /// @param y receives the result
  /// @param y0 its start
  public static void softmax(int rows, int n, float scale, float[] x, int x0, float[] y, int y0) {
    int whole = n / COUNT * COUNT;
    VectorMask<Float> rest = SPECIES.indexInRange(whole, n);
    float[] lanes = new float[COUNT];
    for (int row = 0; row < rows; row++) {
      int from = x0 + row * n;
      int to = y0 + row * n;
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < n; i++) {
        largest = Math.max(largest, scale * x[from + i]);
      }
      FloatVector sums = FloatVector.zero(SPECIES);
      for (int i = 0; i < whole; i += COUNT) {
        FloatVector e = Exponential
            .exp(FloatVector.fromArray(SPECIES, x, from + i).mul(scale).sub(largest));
        e.intoArray(y, to + i);
        sums = sums.add(e);
      }
      float sum = sum(sums, COUNT, lanes);
      if (whole < n) {
        FloatVector e = Exponential
            .exp(FloatVector.fromArray(SPECIES, x, from + whole, rest).mul(scale).sub(largest));
        e.intoArray(y, to + whole, rest);
        sum += sum(e, n - whole, lanes);
      }
      float factor = 1 / sum;
      for (int i = 0; i < n; i++) {
        y[to + i] *= factor;
      }
    }
  }

  /// The gradient of [#softmax]: `dx[i] = scale * y[i] * (dy[i] - sum over j of dy[j] y[j])`. May work in place
  /// of dy.
  ///
  /// @param rows rows
  /// @param n elements of a row
  /// @param scale factor of the argument
  /// @param y the softmax
  /// @param y0 its start
  /// @param dy its gradient
  /// @param dy0 its start
  /// @param dx receives the gradient of x
  /// @param dx0 its start
  public static void softmaxBackward(int rows, int n, float scale, float[] y, int y0, float[] dy,
      int dy0, float[] dx,
      int dx0) {
    int whole = n / COUNT * COUNT;
    float[] lanes = new float[COUNT];
    for (int row = 0; row < rows; row++) {
      int at = row * n;
      FloatVector dots = FloatVector.zero(SPECIES);
      for (int i = 0; i < whole; i += COUNT) {
        dots = FloatVector.fromArray(SPECIES, y, y0 + at + i)
            .fma(FloatVector.fromArray(SPECIES, dy, dy0 + at + i), dots);
      }
      float dot = sum(dots, COUNT, lanes);
      for (int i = whole; i < n; i++) {
        dot += y[y0 + at + i] * dy[dy0 + at + i];
      }
      for (int i = 0; i < n; i++) {
        dx[dx0 + at + i] = scale * y[y0 + at + i] * (dy[dy0 + at + i] - dot);
      }
    }
  }

  /// The sum of the first lanes, in their order. `reduceLanes(ADD)` may add in any order, and does so in another one
  /// once C2 has compiled the caller: the same input would give other bits from some moment on.
  private static float sum(FloatVector vector, int count, float[] lanes) {
    vector.intoArray(lanes, 0);
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += lanes[i];
    }
    return sum;
  }
}
