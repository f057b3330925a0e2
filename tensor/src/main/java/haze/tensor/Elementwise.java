package haze.tensor;

import haze.tensor.kernel.Activations;

/// Arithmetic element by element.
///
/// Two operands of different shapes are broadcast as in NumPy: aligned at the innermost axis, an
/// axis of size 1 is repeated. Shapes that do not broadcast are refused by an
/// IllegalArgumentException. The allocator gives the result's memory.
///
/// The loops of plain arithmetic are plain: the JVM itself compiles them to vector instructions.
public final class Elementwise {
  private Elementwise() {}

  private enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE;

    /// `c[i] = a[i*aStep] op b[i*bStep]` for i < n; a step of 0 repeats one element.
    void apply(
        int n, float[] a, int a0, int aStep, float[] b, int b0, int bStep, float[] c, int c0) {
      // One plain loop an operator and kind of step: only such loops become vector instructions.
      switch (this) {
        case ADD -> {
          if (aStep == 1 && bStep == 1) {
            for (int i = 0; i < n; i++) {
              c[c0 + i] = a[a0 + i] + b[b0 + i];
            }
          } else {
            for (int i = 0; i < n; i++) {
              c[c0 + i] = a[a0 + i * aStep] + b[b0 + i * bStep];
            }
          }
        }
        case SUBTRACT -> {
          for (int i = 0; i < n; i++) {
            c[c0 + i] = a[a0 + i * aStep] - b[b0 + i * bStep];
          }
        }
        case MULTIPLY -> {
          for (int i = 0; i < n; i++) {
            c[c0 + i] = a[a0 + i * aStep] * b[b0 + i * bStep];
          }
        }
        case DIVIDE -> {
          for (int i = 0; i < n; i++) {
            c[c0 + i] = a[a0 + i * aStep] / b[b0 + i * bStep];
          }
        }
      }
    }
  }

  /// `a + b`.
  public static Tensor add(Allocator allocator, Tensor a, Tensor b) {
    return broadcast(allocator, "add", Operator.ADD, a, b);
  }

  /// `a - b`.
  public static Tensor subtract(Allocator allocator, Tensor a, Tensor b) {
    return broadcast(allocator, "subtract", Operator.SUBTRACT, a, b);
  }

  /// `a * b`, element by element.
  public static Tensor multiply(Allocator allocator, Tensor a, Tensor b) {
    return broadcast(allocator, "multiply", Operator.MULTIPLY, a, b);
  }

  /// `a / b`, element by element.
  public static Tensor divide(Allocator allocator, Tensor a, Tensor b) {
    return broadcast(allocator, "divide", Operator.DIVIDE, a, b);
  }

  private static Tensor broadcast(
      Allocator allocator, String name, Operator operator, Tensor a, Tensor b) {
    Shape shape = Shape.broadcast(a.shape(), b.shape(), name);
    Tensor c = allocator.allocate(shape);
    if (a.shape().equals(b.shape())) {
      operator.apply(
          c.size(), a.data(), a.offset(), 1, b.data(), b.offset(), 1, c.data(), c.offset());
    } else if (c.size() > 0) {
      int[] aStrides = strides(a.shape(), shape);
      int[] bStrides = strides(b.shape(), shape);
      int inner = shape.dim(-1);
      int last = shape.rank() - 1;
      for (int row = 0; row < c.size() / inner; row++) {
        int aAt = a.offset();
        int bAt = b.offset();
        int rest = row;
        for (int axis = last - 1; axis >= 0; axis--) {
          int index = rest % shape.dim(axis);
          rest /= shape.dim(axis);
          aAt += index * aStrides[axis];
          bAt += index * bStrides[axis];
        }
        operator.apply(
            inner,
            a.data(),
            aAt,
            aStrides[last],
            b.data(),
            bAt,
            bStrides[last],
            c.data(),
            c.offset() + row * inner);
      }
    }
    return c;
  }

  /// For each axis of `to` the distance of neighbours in a tensor of shape `from`: 0 where it is
  /// repeated.
  private static int[] strides(Shape from, Shape to) {
    int[] strides = new int[to.rank()];
    int stride = 1;
    for (int i = 1; i <= from.rank(); i++) {
      int dim = from.dim(-i);
      strides[to.rank() - i] = dim == 1 ? 0 : stride;
      stride *= dim;
    }
    return strides;
  }

  /// `alpha x + beta y` for tensors of the same shape: the step of noising, denoising and
  /// averaging.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor combine(Allocator allocator, float alpha, Tensor x, float beta, Tensor y) {
    requireSame("combine", x, y);
    Tensor out = allocator.allocate(x.shape());
    float[] a = x.data();
    float[] b = y.data();
    float[] c = out.data();
    int a0 = x.offset();
    int b0 = y.offset();
    int c0 = out.offset();
    for (int i = 0; i < x.size(); i++) {
      c[c0 + i] = alpha * a[a0 + i] + beta * b[b0 + i];
    }
    return out;
  }

  /// `factor * x`.
  public static Tensor scale(Allocator allocator, Tensor x, float factor) {
    Tensor out = allocator.allocate(x.shape());
    float[] a = x.data();
    float[] c = out.data();
    int a0 = x.offset();
    int c0 = out.offset();
    for (int i = 0; i < x.size(); i++) {
      c[c0 + i] = factor * a[a0 + i];
    }
    return out;
  }

  /// `target += source`, in place, for tensors of the same shape.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static void accumulate(Tensor target, Tensor source) {
    requireSame("accumulate", target, source);
    Operator.ADD.apply(
        target.size(),
        target.data(),
        target.offset(),
        1,
        source.data(),
        source.offset(),
        1,
        target.data(),
        target.offset());
  }

  /// `min(max(x, low), high)`.
  public static Tensor clamp(Allocator allocator, Tensor x, float low, float high) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = Math.min(Math.max(x.data()[x.offset() + i], low), high);
    }
    return out;
  }

  /// `e^x`, to about one unit in the last place, within `[2^-126, 2^127]`: smaller results become
  /// the one end, larger ones the other, so that there is no infinity for an x above 88.03.
  public static Tensor exp(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    Activations.exp(x.size(), x.data(), x.offset(), out.data(), out.offset());
    return out;
  }

  /// SiLU, `x / (1 + e^-x)` (Hendrycks and Gimpel 2016; also called swish).
  public static Tensor silu(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    Activations.silu(x.size(), x.data(), x.offset(), out.data(), out.offset());
    return out;
  }

  /// The gradient of [#silu] at x, for the gradient dy of its result.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor siluBackward(Allocator allocator, Tensor x, Tensor dy) {
    requireSame("silu", x, dy);
    Tensor dx = allocator.allocate(x.shape());
    Activations.siluBackward(
        x.size(), x.data(), x.offset(), dy.data(), dy.offset(), dx.data(), dx.offset());
    return dx;
  }

  /// Softmax over the innermost axis: positive numbers whose sum is 1. x has at least one axis.
  public static Tensor softmax(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    int n = x.dim(-1);
    if (n > 0) {
      Activations.softmax(x.size() / n, n, 1, x.data(), x.offset(), out.data(), out.offset());
    }
    return out;
  }

  /// The gradient of [#softmax], for its result y and the gradient dy of it.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor softmaxBackward(Allocator allocator, Tensor y, Tensor dy) {
    requireSame("softmax", y, dy);
    Tensor dx = allocator.allocate(y.shape());
    int n = y.dim(-1);
    if (n > 0) {
      Activations.softmaxBackward(
          y.size() / n, n, 1, y.data(), y.offset(), dy.data(), dy.offset(), dx.data(), dx.offset());
    }
    return dx;
  }

  static void requireSame(String operation, Tensor a, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new IllegalArgumentException(
          operation + ": shapes differ: " + a.shape() + " and " + b.shape());
    }
  }

  /// The rectified linear unit, `max(x, 0)`.
  public static Tensor relu(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = Math.max(x.data()[x.offset() + i], 0);
    }
    return out;
  }

  /// The gradient of [#relu], `dx = dy if x > 0, else 0`.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor reluBackward(Allocator allocator, Tensor x, Tensor dy) {
    requireSame("relu", x, dy);
    Tensor dx = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      dx.data()[dx.offset() + i] = x.data()[x.offset() + i] > 0 ? dy.data()[dy.offset() + i] : 0;
    }
    return dx;
  }

  /// The logistic function, `1 / (1 + e^-x)`, to some units in the last place. It ends at about
  /// 2^-127, where [#exp] ends.
  public static Tensor sigmoid(Allocator allocator, Tensor x) {
    Tensor out = scale(allocator, x, -1);
    Activations.exp(out.size(), out.data(), out.offset(), out.data(), out.offset());
    for (int i = 0; i < out.size(); i++) {
      out.data()[out.offset() + i] = 1 / (1 + out.data()[out.offset() + i]);
    }
    return out;
  }

  /// The gradient of [#sigmoid] from its result y, `dx = dy y (1 - y)`.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor sigmoidBackward(Allocator allocator, Tensor y, Tensor dy) {
    requireSame("sigmoid", y, dy);
    Tensor dx = allocator.allocate(y.shape());
    for (int i = 0; i < y.size(); i++) {
      float s = y.data()[y.offset() + i];
      dx.data()[dx.offset() + i] = dy.data()[dy.offset() + i] * s * (1 - s);
    }
    return dx;
  }

  /// The hyperbolic tangent, `sign(x) (1 - e) / (1 + e)` with `e = e^(-2 |x|)`, to some units in
  /// the last place.
  public static Tensor tanh(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = -2 * Math.abs(x.data()[x.offset() + i]);
    }
    Activations.exp(out.size(), out.data(), out.offset(), out.data(), out.offset());
    for (int i = 0; i < x.size(); i++) {
      float e = out.data()[out.offset() + i];
      out.data()[out.offset() + i] = tanh(x.data()[x.offset() + i], e);
    }
    return out;
  }

  /// Near 0, where `1 - e` cancels, the first five terms of tanh's series: the sixth is less than
  /// 2^-26 of the sum.
  private static float tanh(float x, float e) {
    if (Math.abs(x) < 0.25f) {
      float s = x * x;
      return x * (1 - s * (1 / 3f - s * (2 / 15f - s * (17 / 315f - s * (62 / 2835f)))));
    }
    return Math.copySign((1 - e) / (1 + e), x);
  }

  /// The gradient of [#tanh] from its result y, `dx = dy (1 - y^2)`.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor tanhBackward(Allocator allocator, Tensor y, Tensor dy) {
    requireSame("tanh", y, dy);
    Tensor dx = allocator.allocate(y.shape());
    for (int i = 0; i < y.size(); i++) {
      float t = y.data()[y.offset() + i];
      dx.data()[dx.offset() + i] = dy.data()[dy.offset() + i] * (1 - t) * (1 + t);
    }
    return dx;
  }

  /// The natural logarithm: minus infinity for 0, NaN for negative numbers. In double and from
  /// StrictMath, whose bits are the same on all machines.
  public static Tensor log(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = (float) StrictMath.log(x.data()[x.offset() + i]);
    }
    return out;
  }

  /// The square root: NaN for negative numbers.
  public static Tensor sqrt(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = (float) Math.sqrt(x.data()[x.offset() + i]);
    }
    return out;
  }

  /// The absolute value.
  public static Tensor abs(Allocator allocator, Tensor x) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = Math.abs(x.data()[x.offset() + i]);
    }
    return out;
  }

  /// The gradient of [#abs], `dx = dy sign(x)`, 0 where x is 0.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor absBackward(Allocator allocator, Tensor x, Tensor dy) {
    requireSame("abs", x, dy);
    Tensor dx = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      dx.data()[dx.offset() + i] =
          dy.data()[dy.offset() + i] * Math.signum(x.data()[x.offset() + i]);
    }
    return dx;
  }
}
