package haze.tensor;

/// Activations beside SiLU and ReLU, element by element, in double. The allocator gives the
/// result's memory.
public final class Nonlinearity {
  private static final double SLOPE = 0.3;

  /// `(1 - Phi(z)) / (phi(z) t)` as a polynomial in `t = 1 / (1 + 0.3 z)`, the lowest power first,
  /// for z from 0 to 14.5, where phi is below the smallest float: relative error 4e-9 (least
  /// squares at Chebyshev's points).
  private static final double[] TAIL = {
    0.30001169785930815,
    0.29968832072690826,
    0.2766112818566602,
    0.19508447570886545,
    0.24522031072205094,
    -0.20707227534775852,
    0.4905157663495565,
    -0.5794944833138747,
    0.28504073354729564,
    -0.05229169584760669
  };

  private static final double SQRT_2_PI = Math.sqrt(2 * Math.PI);

  /// From here on `tanh(ln(1 + e^x))` is 1 in double.
  private static final double SATURATED = 20;

  private Nonlinearity() {}

  private interface Function {
    double at(double x);
  }

  private static Tensor each(Allocator allocator, Tensor x, Function function) {
    Tensor out = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      out.data()[out.offset() + i] = (float) function.at(x.data()[x.offset() + i]);
    }
    return out;
  }

  private static Tensor backward(
      Allocator allocator, String name, Tensor x, Tensor dy, Function derivative) {
    Elementwise.requireSame(name, x, dy);
    Tensor dx = allocator.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      dx.data()[dx.offset() + i] =
          (float) (dy.data()[dy.offset() + i] * derivative.at(x.data()[x.offset() + i]));
    }
    return dx;
  }

  /// GELU, `x Phi(x)` with the distribution function Phi of the standard normal distribution
  /// (Hendrycks and Gimpel 2016), not its approximation by tanh.
  public static Tensor gelu(Allocator allocator, Tensor x) {
    return each(allocator, x, v -> v * cdf(v));
  }

  /// The gradient of [#gelu] at x, `dx = dy (Phi(x) + x phi(x))`.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor geluBackward(Allocator allocator, Tensor x, Tensor dy) {
    return backward(allocator, "gelu", x, dy, v -> cdf(v) + v * density(v));
  }

  /// Mish, `x tanh(ln(1 + e^x))` (Misra 2019).
  public static Tensor mish(Allocator allocator, Tensor x) {
    return each(allocator, x, v -> v * gate(v));
  }

  /// The gradient of [#mish] at x, `dx = dy (g + x (1 - g^2) s)` with `g = tanh(ln(1 + e^x))` and
  /// `s = 1 / (1 + e^-x)`.
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Tensor mishBackward(Allocator allocator, Tensor x, Tensor dy) {
    return backward(
        allocator,
        "mish",
        x,
        dy,
        v -> {
          double g = gate(v);
          return g + v * (1 - g * g) / (1 + StrictMath.exp(-v));
        });
  }

  /// `tanh(ln(1 + e^x)) = n / (n + 2)` with `n = e^x (e^x + 2)`.
  private static double gate(double x) {
    double e = StrictMath.exp(Math.min(x, SATURATED));
    double n = e * (e + 2);
    return n / (n + 2);
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / SQRT_2_PI;
  }

  private static double cdf(double x) {
    double t = 1 / (1 + SLOPE * Math.abs(x));
    double sum = 0;
    for (int i = TAIL.length - 1; i >= 0; i--) {
      sum = sum * t + TAIL[i];
    }
    double tail = density(x) * t * sum;
    return x < 0 ? tail : 1 - tail;
  }
}
